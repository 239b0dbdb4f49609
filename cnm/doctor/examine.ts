// The whole of it: what is wrong with the networks of this host. Nothing is changed.
import { deviceFlags } from '../../audit/device-flags.ts';
import { tableFlags } from '../../audit/table-flags.ts';
import { isStoreAt, runDatabase } from '../../state/place.ts';
import type { World } from '../../audit/world.ts';
import { readWorld } from '../audit/world.ts';
import type { Host } from '../host.ts';
import { readSketch } from '../sketch/read.ts';
import { BY_MENDING } from './finding.ts';
import type { Finding } from './finding.ts';
import { firewallFindings } from './firewall.ts';
import { forwardingFindings, kernelFindings, NF_TABLES } from './kernel.ts';
import { linkFindings } from './links.ts';
import { followOutside } from './refusals.ts';
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
  const networks = [...forwardingFindings(sketch), ...overlaps(readClaims(host, sketch))];
  if (!hasStore) return [...kernel, ...networks, ...filters];
  const world = readWorld(host);
  return [
    ...[...kernel, ...networks, ...inTheWay(world, filters)],
    ...changed(world),
    ...linkFindings(host),
    ...staleFindings(host, now),
  ];
}

// What refuses, and what might: of the latter nothing is told where all gets through.
function inTheWay(world: World, filters: readonly Finding[]): Finding[] {
  const { findings, isAllThrough } = followOutside(world);
  // What is found to be missing there already is not to be told once more by what it does.
  const isKnown = filters.some(({ mend }) => mend === BY_MENDING);
  const isDoubt = ({ severity, code }: Finding): boolean =>
    severity === 'note' && code === 'firewall-refuses';
  return [
    ...filters.filter((one) => !isAllThrough || !isDoubt(one)),
    ...findings.filter(({ where }) => !isKnown || !where.startsWith('the policy')),
  ];
}

function changed(world: World): Finding[] {
  return [
    ...tableFlags(world).map(({ where, what, mend }) => {
      return { severity: 'problem', code: 'tables-damaged', where, what, mend } as const;
    }),
    ...deviceFlags(world).map(({ where, what, mend }) => {
      return { severity: 'problem', code: 'device-changed', where, what, mend } as const;
    }),
  ];
}
