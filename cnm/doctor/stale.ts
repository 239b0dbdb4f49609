// What is left of sandboxes and calls that ended without cleaning up.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { listLinks } from '../../netlink/route/link.ts';
import { listEndpoints, ownerName } from '../../state/endpoint.ts';
import { listSandboxes } from '../../state/sandbox.ts';
import type { Host } from '../host.ts';
import { hasEnded, isLasting, isRunning } from '../sandbox-process.ts';
import { findGone } from '../upkeep/abandoned.ts';
import type { Finding } from './finding.ts';

/** How long a call may take before it counts as cut off. */
const UNFINISHED_MS = 60_000;

const COLLECTED = 'tsnet ps takes it away';
const BY_RUNTIME =
  'the CNI verb DEL of the container, or GC of its network, takes it away; a daemon does so by itself';

/** Looks for all of it. `now` in ms since 1970. Throws KernelError. */
export function staleFindings(host: Host, now: number): Finding[] {
  const sandboxes = listSandboxes(host.db);
  const ended = sandboxes.filter((one) => !isLasting(one) && !isRunning(one) && !hasEnded(one));
  const endedIds = new Set(ended.map(({ id }) => id));
  const gone = findGone(host).filter(({ container }) => !endedIds.has(container));
  const goneIds = new Set(gone.map(({ id }) => id));
  const unfinished = listEndpoints(host.db, 'all').filter(({ id, state, created, container }) => {
    const isOld = now - Date.parse(created) > UNFINISHED_MS;
    return state !== 'ready' && isOld && !goneIds.has(id) && !endedIds.has(container);
  });
  const problem = (code: Finding['code'], where: string, what: string, mend: string): Finding => {
    return { severity: 'problem', code, where, what, mend };
  };
  return [
    ...ended.map(({ name, pid }) =>
      problem(
        'sandbox-ended',
        `sandbox ${name}`,
        `the process that looked after it (${pid}) is gone`,
        COLLECTED,
      ),
    ),
    ...gone.map((one) =>
      problem(
        'endpoint-gone',
        `endpoint ${ownerName(one)}`,
        'its sandbox is gone, and it holds what it had',
        BY_RUNTIME,
      ),
    ),
    ...unfinished.map((one) =>
      problem('endpoint-unfinished', `endpoint ${ownerName(one)}`, `a call left it ${one.state}`, BY_RUNTIME),
    ),
    ...strayLinks(host),
    ...strayNamespaces(
      host,
      sandboxes.map(({ netns }) => netns),
    ),
  ];
}

// Links of ours carry their owner's name, which outlives the store.
function strayLinks({ db, route }: Host): Finding[] {
  // Before their owners: one that is being made is on record by then.
  const links = listLinks(route);
  const owners = new Set(listEndpoints(db, 'all').map(ownerName));
  return links
    .filter(({ attributes: { alias = '', info } }) => {
      const isOurs = ['veth', 'ifb'].includes(info?.kind ?? '') && /^[^/]+\/[^/]+\/[^/]+$/.test(alias);
      return isOurs && !owners.has(alias) && !owners.has(alias.split(':')[0] ?? '');
    })
    .map(({ ifname, attributes: { alias = '' } }) => ({
      ...{ severity: 'problem', code: 'link-stray', where: `link ${ifname}` },
      what: `it was made for ${alias}, which nobody has on record`,
      mend: `ip link delete ${ifname}`,
    }));
}

function strayNamespaces({ places }: Host, known: readonly string[]): Finding[] {
  const folder = join(places.run, 'netns');
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    // Nobody has had a sandbox yet.
    return [];
  }
  return names
    .map((name) => join(folder, name))
    .filter((path) => !known.includes(path))
    .map((path) => ({
      ...{ severity: 'problem', code: 'namespace-stray', where: path },
      what: 'a namespace is kept alive for a sandbox that nobody has on record',
      mend: `umount ${path}; rm ${path}`,
    }));
}
