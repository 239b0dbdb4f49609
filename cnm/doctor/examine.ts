// The whole of it: what is wrong with the networks of this host. Nothing is changed.
import { deviceFlags } from '../../audit/device-flags.ts';
import { tableFlags } from '../../audit/table-flags.ts';
import { isStoreAt, runDatabase } from '../../state/place.ts';
import { readWorld } from '../audit/world.ts';
import type { Host } from '../host.ts';
import { readSketch } from '../sketch/read.ts';
import { BY_MENDING } from './finding.ts';
import type { Finding } from './finding.ts';
import { firewallFindings } from './firewall.ts';
import { forwardingFindings, kernelFindings, NF_TABLES } from './kernel.ts';
import { linkFindings } from './links.ts';
import { refusalFindings } from './refusals.ts';
import { staleFindings } from './stale.ts';
import { overlaps, readClaims } from './subnets.ts';

/** Looks at everything; `now` in ms since 1970. Throws KernelError, or what opening the store throws. */
export function examine(host: Host, now: number): Finding[] {
  const hasStore = isStoreAt(runDatabase(host.places.run));
  const sketch = readSketch(host);
  const kernel = kernelFindings(host);
  // Nothing that follows can be asked of such a kernel.
  if (kernel.some(({ where }) => where === NF_TABLES)) return kernel;
  const filters = firewallFindings(host, sketch, hasStore);
  return [
    ...kernel,
    ...forwardingFindings(sketch),
    ...filters,
    ...overlaps(readClaims(host, sketch)),
    ...(hasStore ? [...changed(host, filters), ...linkFindings(host), ...staleFindings(host, now)] : []),
  ];
}

function changed(host: Host, filters: readonly Finding[]): Finding[] {
  const world = readWorld(host);
  // What is found to be missing there already is not to be told once more by what it does.
  const isKnown = filters.some(({ mend }) => mend === BY_MENDING);
  return [
    ...refusalFindings(world).filter(({ where }) => !isKnown || !where.startsWith('the policy')),
    ...tableFlags(world).map(({ where, what, mend }) => {
      return { severity: 'problem', code: 'tables-damaged', where, what, mend } as const;
    }),
    ...deviceFlags(world).map(({ where, what, mend }) => {
      return { severity: 'problem', code: 'device-changed', where, what, mend } as const;
    }),
  ];
}
