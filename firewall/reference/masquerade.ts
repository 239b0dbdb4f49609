// What `ipMasq` of the reference's bridge and ptp makes: with iptables a chain for each container, called from
// POSTROUTING, with nftables a rule for each address in table cni_plugins_masquerade.
import { withoutChainOf, withoutStaleChains } from './chains.ts';
import { interfaceHash, networkHash } from './names.ts';
import type { Part } from './part.ts';
import { commentOf } from './ruleset.ts';

const chains = { prefix: 'CNI-', from: 'POSTROUTING' } as const;
const checks = { family: 'inet', table: 'cni_plugins_masquerade', chain: 'masq_checks' } as const;

// A comment of the nftables backend is the two hashes, a comma and words for people.
function hashesIn(comment: string | undefined): string | undefined {
  return comment?.split(',', 1)[0];
}

export const masqueradePart: Part = {
  find: (ruleset, key) => {
    const own = interfaceHash(key.network, key.container, key.ifname);
    return [
      ...withoutChainOf(ruleset, key, chains),
      ...ruleset.without(checks, (rule) => hashesIn(commentOf(rule)) === own),
    ];
  },
  findStale: (ruleset, network, keep) => {
    const kept = keep.map(({ container, ifname }) => interfaceHash(network, container, ifname));
    const start = `${networkHash(network)}-`;
    return [
      ...withoutStaleChains(ruleset, network, keep, chains),
      ...ruleset.without(checks, (rule) => {
        const hashes = hashesIn(commentOf(rule));
        return hashes?.startsWith(start) === true && !kept.includes(hashes);
      }),
    ];
  },
};
