// What other people's tools say about a place of the lab, parsed.
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';

/** Of `ip -j -d link`, what the tests read (iproute2). */
export interface LinkJson {
  readonly ifindex: number;
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly master?: string;
  readonly ifalias?: string;
  readonly txqlen?: number;
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: object;
    readonly info_slave_data?: { readonly hairpin: boolean; readonly isolated: boolean };
  };
}

interface AddressJson {
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

/** Of `ip -j route`, what the tests read. */
export interface RouteJson {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly table?: string;
  readonly metric?: number;
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

interface NftJson {
  readonly nftables: readonly {
    readonly table?: { readonly name: string };
    readonly set?: SetJson;
    readonly map?: SetJson;
  }[];
}

interface SetJson {
  readonly name: string;
  readonly elem?: readonly unknown[];
}

function ip(lab: Lab, where: string, ...args: string[]): unknown {
  return JSON.parse(lab.exec(where, ['ip', '-j', ...args]) || '[]');
}

export function linksOf(lab: Lab, where: string): LinkJson[] {
  return ip(lab, where, '-d', 'link') as LinkJson[];
}

/** The link of that name. Throws when there is none. */
export function linkOf(lab: Lab, where: string, ifname: string): LinkJson {
  const link = linksOf(lab, where).find((one) => one.ifname === ifname);
  if (link === undefined) throw new Error(`no link "${ifname}" in ${where}`);
  return link;
}

/** The addresses of an interface, or of all, with prefix; link-local ones only if `isAll`. */
export function addressesOf(lab: Lab, where: string, ifname?: string, isAll = false): string[] {
  const links = ip(lab, where, 'address') as AddressJson[];
  return links
    .filter((link) => ifname === undefined || link.ifname === ifname)
    .flatMap(({ addr_info }) => addr_info.filter(({ scope }) => isAll || scope === 'global'))
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

/** The routes of a family in a table, by default main. */
export function routesOf(lab: Lab, where: string, family: 4 | 6, table = 'main'): RouteJson[] {
  return ip(lab, where, `-${family}`, 'route', 'show', 'table', table) as RouteJson[];
}

/** A setting below /proc/sys/net. */
export function sysctlOf(lab: Lab, where: string, path: string): string {
  return lab.exec(where, ['cat', `/proc/sys/net/${path}`]).trim();
}

/** The names of all nftables tables of the host. */
export function tablesOf(lab: Lab): string[] {
  const { nftables } = JSON.parse(lab.exec(HOST, ['nft', '-j', 'list', 'tables'])) as NftJson;
  return nftables.flatMap(({ table }) => (table === undefined ? [] : [table.name]));
}

/** The elements in each set and map of table inet tsnet. */
export function elementsOf(lab: Lab): Record<string, readonly unknown[]> {
  const { nftables } = JSON.parse(lab.exec(HOST, ['nft', '-j', 'list', 'table', 'inet', 'tsnet'])) as NftJson;
  const sets = nftables.flatMap(({ set, map }) => set ?? map ?? []);
  return Object.fromEntries(sets.map(({ name, elem }) => [name, elem ?? []]));
}

/** Of `tc -j qdisc`, what the tests read; rates in bytes per second. */
export interface QdiscJson {
  readonly kind: string;
  readonly dev: string;
  readonly handle: string;
  readonly options: { readonly rate?: number; readonly burst?: number; readonly lat?: number };
}

/** The queueing disciplines of the host, without those that every link has from the beginning. */
export function qdiscsOf(lab: Lab): QdiscJson[] {
  const qdiscs = JSON.parse(lab.exec(HOST, ['tc', '-j', 'qdisc'])) as QdiscJson[];
  return qdiscs.filter(({ handle }) => handle !== '0:');
}
