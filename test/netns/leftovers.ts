// What tsnet may have left in a lab from which everything was deleted: nothing is right.
import { readdirSync, readlinkSync } from 'node:fs';
import { expect } from 'vitest';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { linksOf } from './look.ts';
import { readStore } from './store.ts';

/** The names of the host's links, to compare with later. */
export function linkNames(lab: Lab): string[] {
  return linksOf(lab, HOST).map(({ ifname }) => ifname);
}

/** All that is left, in words. `links` are those that may be there, because a test made them itself. */
export function findLeftovers(lab: Lab, links: readonly string[]): string[] {
  const seen = lookAround(lab);
  return [
    ...seen.links.filter((name) => !links.includes(name)).map((name) => `link ${name}`),
    ...seen.inside
      .filter(({ ifname }) => ifname !== 'lo')
      .map(({ ifname, where }) => `link ${ifname} in namespace ${where}`),
    ...seen.tables.filter((name) => name === 'tsnet').map((name) => `nftables table ${name}`),
    ...Object.entries(readStore(lab)).flatMap(([table, rows]) =>
      rows.map((row) => `row in ${table}: ${JSON.stringify(row)}`),
    ),
    ...seen.mounts
      .filter((path) => !lab.namespaces.some((name) => path === lab.placeOf(name)))
      .map((path) => `namespace pinned at ${path}`),
    ...strangers(lab, seen.inodes),
    ...seen.openLoopbacks.map((path) => `setting ${path}`),
    ...seen.localRoutes
      .filter(({ dst, dev }) => dst === '::1' && dev !== 'lo')
      .map(({ dev }) => `local route to ::1 on ${dev ?? ''}`),
  ];
}

/** What is there, looked at by one command: this is done after every test. */
interface Seen {
  readonly links: readonly string[];
  readonly inside: readonly { readonly ifname: string; readonly where: string }[];
  readonly tables: readonly string[];
  readonly mounts: readonly string[];
  /** Of the lab's namespaces, as /proc shows them. */
  readonly inodes: readonly string[];
  readonly openLoopbacks: readonly string[];
  readonly localRoutes: readonly { readonly dst: string; readonly dev?: string }[];
}

function lookAround(lab: Lab): Seen {
  const inside = lab.namespaces.filter((name) => name !== 'outside');
  const parts = [
    'ip -o link',
    'nft list tables',
    'cat /proc/self/mountinfo',
    'ip -j -6 route show table local',
    'cd /proc/sys/net/ipv4/conf; grep -l 1 */route_localnet || true',
    [
      'readlink /proc/self/ns/net',
      ...lab.namespaces.map((name) => `stat -Lc "net:[%i]" ${lab.placeOf(name)}`),
    ].join('\n'),
    ...inside.map((name) => `nsenter --net=${lab.placeOf(name)} ip -o link`),
  ];
  const outputs = lab.shell(HOST, parts.join('\necho =====\n')).split('=====\n');
  const [links = '', tables = '', mounts = '', routes = '', localnet = '', inodes = '', ...linksInside] =
    outputs;
  expect(outputs).toHaveLength(parts.length);
  return {
    links: namesIn(links),
    inside: inside.flatMap((where, at) =>
      namesIn(linksInside[at] ?? '').map((ifname) => ({ ifname, where })),
    ),
    tables: linesOf(tables).map((line) => line.split(' ')[2] ?? ''),
    mounts: linesOf(mounts)
      .filter((line) => line.includes(' - nsfs '))
      .map((line) => line.split(' ')[4] ?? ''),
    inodes: linesOf(inodes),
    openLoopbacks: linesOf(localnet),
    localRoutes: JSON.parse(routes || '[]') as Seen['localRoutes'],
  };
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

// `7: eth0@if8: <BROADCAST,...`
function namesIn(links: string): string[] {
  return linesOf(links).map((line) => line.split(': ')[1]?.split('@')[0] ?? line);
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
function strangers(lab: Lab, inodes: readonly string[]): string[] {
  for (let tries = 0; tries < 20; tries++) {
    if (processesInside(lab, inodes).length === 0) return [];
    lab.exec(HOST, ['sleep', '0.05']);
  }
  return processesInside(lab, inodes);
}

function processesInside(lab: Lab, inodes: readonly string[]): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !lab.processes.includes(Number(name)))
    .filter((pid) => inodes.includes(namespaceOf(pid) ?? ''))
    .map((pid) => `process ${pid}`);
}
