// What the reference's firewall makes: two rules for each address in CNI-FORWARD, which name nobody.
import type { Family } from '../../address/index.ts';
import type { Part } from './part.ts';
import { acceptsOf } from './ruleset.ts';

const families: readonly Family[] = [4, 6];

function chainOf(family: Family) {
  return { family: family === 4 ? 'ip' : 'ip6', table: 'filter', chain: 'CNI-FORWARD' } as const;
}

export const forwardPart: Part = {
  find: (ruleset, _key, addresses) => {
    const present = families.filter((family) => ruleset.has(chainOf(family)));
    if (present.length === 0) return [];
    return addresses().flatMap((ip) =>
      present.includes(ip.family) ? ruleset.without(chainOf(ip.family), (rule) => acceptsOf(rule, ip)) : [],
    );
  },
  findStale: () => [],
};
