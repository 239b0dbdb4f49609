// Accept rules in the filters of others: the only things that tsnet has outside of its own table. They are for a device of
// the host, not for a container, and go with the last one behind it.
import type { Connection } from '../netlink/connection.ts';
import { isKernelError } from '../netlink/kernel-error.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { deleteChain, findChain, newRegularChain } from '../netlink/netfilter/chain.ts';
import { count } from '../netlink/netfilter/expr/counter.ts';
import { decide } from '../netlink/netfilter/expr/immediate.ts';
import { commit } from '../netlink/netfilter/nfnetlink.ts';
import { deleteRule, putRule } from '../netlink/netfilter/rule.ts';
import type { Rule } from '../netlink/netfilter/rule.ts';
import { acceptRules, isOurs, noteOf } from './accept-rules.ts';
import type { NotedRule } from './accept-rules.ts';
import { CNI_FORWARD, filterFamilies, filterKey, lookAt, nameOf } from './foreign-filter.ts';
import type { FilterChain, FilterFamily, ForeignFilter } from './foreign-filter.ts';
import { jumpOf, returnsAll } from './verdicts.ts';

/** The chain that the reference plugin calls before its own rules, if the host's admin has made it. */
export const ADMIN_CHAIN = 'CNI-ADMIN';

/** What is to be as it should. */
export interface Scope {
  /** The device whose rules are settled; left out, those of all devices are. */
  readonly about?: string | undefined;
  /** The devices whose traffic is to pass. */
  readonly devices: readonly string[];
  readonly adminChain: string;
}

// The comments of the reference: it finds its own rule again by all that it says.
const NOTES = { forward: 'CNI firewall plugin rules', admin: 'CNI firewall plugin admin overrides' };
const OWNER = 'tsnet';
const TRIES = 3;

/** Puts the accept rules that are missing in, and takes those out that nobody needs. Throws KernelError. */
export function syncForwarding(connection: Connection, scope: Scope): void {
  for (const family of filterFamilies) {
    for (let left = TRIES - 1; ; left--) {
      try {
        commit(connection, changes(connection, family, scope));
        break;
      } catch (error) {
        // Somebody has changed the filter since we looked.
        if (left === 0 || !isKernelError(error, 'ENOENT', 'EEXIST', 'EBUSY')) throw error;
      }
    }
  }
}

/** What is missing for devices to have their traffic pass, in words. */
export function missingForwarding(connection: Connection, ...devices: string[]): string[] {
  if (devices.length === 0) return [];
  return filterFamilies.flatMap((family) => {
    const filter = lookAt(connection, family);
    if (filter?.target === undefined) return [];
    const chain = filter.chains.get(filter.target);
    const there = new Set(chain?.rules.map(noteOf));
    const isCalled = filter.target !== CNI_FORWARD || jumpsTo(filter.forward, CNI_FORWARD).length > 0;
    const place = nameOf(filterKey(family, filter.target));
    return devices
      .filter((device) => !isCalled || !acceptRules(device).every(({ note }) => there.has(note)))
      .map((device) => `accept rules for "${device}" in ${place} are missing`);
  });
}

function changes(connection: Connection, family: FilterFamily, scope: Scope): AnyRequest[] {
  const filter = lookAt(connection, family);
  if (filter === undefined) return [];
  const wanted = scope.devices.flatMap(acceptRules);
  const concerned = scope.about === undefined ? undefined : acceptRules(scope.about).map(({ note }) => note);
  const isConcerned = (note: string): boolean => concerned?.includes(note) ?? true;
  const target = wanted.length === 0 ? undefined : filter.target;
  const isNew = target !== undefined && !filter.chains.has(target);
  return [
    ...(isNew ? makeChain(connection, family, scope.adminChain) : []),
    ...[...filter.chains.values()].flatMap((chain) =>
      settleChain(chain, chain.key.chain === target ? wanted : [], isConcerned),
    ),
    ...(isNew ? wanted.map((rule) => put(filterKey(family, CNI_FORWARD), 'last', rule)) : []),
    ...(target === CNI_FORWARD ? callChain(filter) : tidyChain(filter, isConcerned)),
  ];
}

function put(key: FilterChain['key'], position: Parameters<typeof putRule>[1], rule: NotedRule): AnyRequest {
  return putRule(key, position, rule.expressions, rule.note);
}

function jumpsTo({ rules }: FilterChain, chain: string): Rule[] {
  return rules.filter((rule) => jumpOf(rule) === chain);
}

// Behind what the owner himself has written there, who may want to refuse first.
function settleChain(
  { key, rules }: FilterChain,
  wanted: readonly NotedRule[],
  isConcerned: (note: string) => boolean,
): AnyRequest[] {
  const there = new Set<string>();
  const deletions: AnyRequest[] = [];
  for (const rule of rules) {
    const note = noteOf(rule) ?? '';
    if (!isOurs(note) || !isConcerned(note)) continue;
    if (wanted.some((one) => one.note === note) && !there.has(note)) there.add(note);
    else deletions.push(deleteRule(key, rule.handle));
  }
  const end = rules.at(-1);
  const position = end?.handle !== undefined && returnsAll(end) ? { before: end.handle } : 'last';
  const missing = wanted.filter(({ note }) => !there.has(note));
  return [...deletions, ...missing.map((rule) => put(key, position, rule))];
}

// As the reference has it, so that either finds what the other made; the chain's comment tells that it is ours to delete.
function makeChain(connection: Connection, family: FilterFamily, adminChain: string): AnyRequest[] {
  const key = filterKey(family, CNI_FORWARD);
  const hasAdmin = findChain(connection, filterKey(family, adminChain)) !== undefined;
  const toAdmin = [count(), decide({ jump: adminChain })];
  return [newRegularChain(key, OWNER), ...(hasAdmin ? [putRule(key, 'last', toAdmin, NOTES.admin)] : [])];
}

function callChain({ forward }: ForeignFilter): AnyRequest[] {
  if (jumpsTo(forward, CNI_FORWARD).length > 0) return [];
  return [putRule(forward.key, 'first', [count(), decide({ jump: CNI_FORWARD })], NOTES.forward)];
}

function tidyChain({ forward, chains }: ForeignFilter, isConcerned: (note: string) => boolean): AnyRequest[] {
  const chain = chains.get(CNI_FORWARD);
  if (chain?.comment !== OWNER) return [];
  const staying = chain.rules.filter((rule) => {
    const note = noteOf(rule) ?? '';
    return !(isOurs(note) && isConcerned(note));
  });
  if (staying.some((rule) => noteOf(rule) !== NOTES.admin)) return [];
  return [
    ...jumpsTo(forward, CNI_FORWARD).map(({ handle }) => deleteRule(forward.key, handle)),
    ...staying.map(({ handle }) => deleteRule(chain.key, handle)),
    deleteChain(chain.key),
  ];
}
