// What tsnet may have left in a lab from which everything was deleted: nothing is right.
import { readdirSync, readlinkSync } from 'node:fs';
import { ADOPTED, HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { linksOf, routesOf, tablesOf } from './look.ts';
import { readStore } from './store.ts';

/** The names of the host's links, to compare with later. */
export function linkNames(lab: Lab): string[] {
  return linksOf(lab, HOST).map(({ ifname }) => ifname);
}

/** All that is left, in words. `links` are those that may be there, because a test made them itself. */
export function findLeftovers(lab: Lab, links: readonly string[]): string[] {
  return [
    ...linkNames(lab)
      .filter((name) => !links.includes(name))
      .map((name) => `link ${name}`),
    ...lab.namespaces.filter((name) => name !== 'outside').flatMap((name) => linksInside(lab, name)),
    ...tablesOf(lab)
      .filter((name) => name === 'tsnet')
      .map((name) => `nftables table ${name}`),
    ...Object.entries(readStore(lab)).flatMap(([table, rows]) =>
      rows.map((row) => `row in ${table}: ${JSON.stringify(row)}`),
    ),
    ...pinned(lab),
    ...strangers(lab),
    ...openLoopbacks(lab),
  ];
}

function linksInside(lab: Lab, name: string): string[] {
  return linksOf(lab, name)
    .filter(({ ifname }) => ifname !== 'lo')
    .map(({ ifname }) => `link ${ifname} in namespace ${name}`);
}

function pinned(lab: Lab): string[] {
  const mounts = lab.exec(HOST, ['cat', '/proc/self/mountinfo']).split('\n');
  return mounts
    .filter((line) => line.includes(' - nsfs '))
    .map((line) => line.split(' ')[4] ?? '')
    .filter(
      (path) => !lab.namespaces.some((name) => [`/run/netns/${name}`, `${ADOPTED}/${name}`].includes(path)),
    )
    .map((path) => `namespace pinned at ${path}`);
}

function namespaceOf(pid: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    // It has ended, or belongs to somebody else.
    return undefined;
  }
}

// A client of the test's own may be ending just now; what tsnet left stays.
function strangers(lab: Lab): string[] {
  for (let tries = 0; tries < 20 && processesInside(lab).length > 0; tries++)
    lab.exec(HOST, ['sleep', '0.05']);
  return processesInside(lab);
}

function processesInside(lab: Lab): string[] {
  const inodes = [HOST, ...lab.namespaces].map((name) =>
    lab.exec(name, ['readlink', '/proc/self/ns/net']).trim(),
  );
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !lab.processes.includes(Number(name)))
    .filter((pid) => inodes.includes(namespaceOf(pid) ?? ''))
    .map((pid) => `process ${pid}`);
}

function openLoopbacks(lab: Lab): string[] {
  const localnet = lab
    .shell(HOST, 'cd /proc/sys/net/ipv4/conf; grep -l 1 */route_localnet || true')
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => `setting ${path}`);
  const routes = routesOf(lab, HOST, 6, 'local')
    .filter(({ dst, dev }) => dst === '::1' && dev !== 'lo')
    .map(({ dev }) => `local route to ::1 on ${dev ?? ''}`);
  return [...localnet, ...routes];
}
