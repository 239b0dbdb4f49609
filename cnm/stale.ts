// Containers that ended without a DEL: what they hold goes to whoever needs it.
import { isStillAt } from '../netns/namespace.ts';
import type { TsnetError } from '../errors/tsnet-error.ts';
import { listEndpoints, ownerName } from '../state/endpoint.ts';
import type { SandboxPlace } from '../state/endpoint.ts';
import { holderOfPort, PortTaken } from '../state/port.ts';
import { getSandboxById } from '../state/sandbox.ts';
import { detach } from './detach.ts';
import type { Host } from './host.ts';

/** Tells whether the sandbox of an endpoint is gone: nothing is at its path, or another namespace is. */
export function isGone({ netns, device, inode }: Omit<SandboxPlace, 'id'>): boolean {
  return !isStillAt(netns, { device, inode });
}

/**
 * Makes room for a port that is taken, when its holder's sandbox is gone. Otherwise adds the holder to the error.
 * Tells whether trying again makes sense.
 */
export function yieldPort(host: Host, error: TsnetError): boolean {
  if (!(error instanceof PortTaken)) return false;
  const id = holderOfPort(host.db, error.port);
  const [holder] = id === undefined ? [] : listEndpoints(host.db, 'id', id);
  if (holder === undefined) return true;
  if (isGone(holder)) {
    detach(host, holder);
    return true;
  }
  const sandbox = getSandboxById(host.db, holder.container);
  error.message += ` by ${sandbox === undefined ? ownerName(holder) : `sandbox ${sandbox.name} (${ownerName(holder)})`}`;
  return false;
}
