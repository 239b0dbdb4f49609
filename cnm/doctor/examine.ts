// The whole of it: what is wrong with the networks of this host. Nothing is changed.
import { deviceFlags } from '../../audit/device-flags.ts';
import { tableFlags } from '../../audit/table-flags.ts';
import { isStoreAt, runDatabase } from '../../state/place.ts';
import { readWorld } from '../audit/world.ts';
import type { Host } from '../host.ts';
import { readSketch } from '../sketch/read.ts';
import type { Finding } from './finding.ts';
import { firewallFindings } from './firewall.ts';
import { forwardingFindings, kernelFindings, NF_TABLES } from './kernel.ts';
import { staleFindings } from './stale.ts';
import { overlaps, readClaims } from './subnets.ts';

/** Looks at everything; `now` in ms since 1970. Throws KernelError, or what opening the store throws. */
export function examine(host: Host, now: number): Finding[] {
  const hasStore = isStoreAt(runDatabase(host.places.run));
  const sketch = readSketch(host);
  const kernel = kernelFindings(host);
  // Nothing that follows can be asked of such a kernel.
  if (kernel.some(({ where }) => where === NF_TABLES)) return kernel;
  return [
    ...kernel,
    ...forwardingFindings(sketch),
    ...firewallFindings(host, sketch, hasStore),
    ...overlaps(readClaims(host, sketch)),
    ...(hasStore ? [...changed(host), ...staleFindings(host, now)] : []),
  ];
}

function changed(host: Host): Finding[] {
  const world = readWorld(host);
  return [
    ...tableFlags(world).map(({ where, what, mend }) => {
      return { severity: 'problem', code: 'tables-damaged', where, what, mend } as const;
    }),
    ...deviceFlags(world).map(({ where, what, mend }) => {
      return { severity: 'problem', code: 'device-changed', where, what, mend } as const;
    }),
  ];
}
