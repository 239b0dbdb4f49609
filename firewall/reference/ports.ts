// What the reference's portmap makes: with iptables a chain for each container, called from CNI-HOSTPORT-DNAT, with
// nftables rules in the tables cni_hostport whose comment is the container's id.
import { withoutChainOf, withoutStaleChains } from './chains.ts';
import type { Part } from './part.ts';
import { commentOf } from './ruleset.ts';

const chains = { prefix: 'CNI-DN-', from: 'CNI-HOSTPORT-DNAT' } as const;
const families = ['ip', 'ip6'] as const;
const tableChains = ['hostports', 'hostip_hostports', 'masquerading'];

/** What the iptables backend makes. */
export const portsPart: Part = {
  find: (ruleset, key) => withoutChainOf(ruleset, key, chains),
  findStale: (ruleset, network, keep) => withoutStaleChains(ruleset, network, keep, chains),
};

/** What the nftables backend makes: it does not say of which network a rule is, so nothing of it is known to be stale. */
export const hostportsPart: Part = {
  find: (ruleset, { container }) =>
    families.flatMap((family) =>
      tableChains.flatMap((chain) =>
        ruleset.without({ family, table: 'cni_hostport', chain }, (rule) => commentOf(rule) === container),
      ),
    ),
  findStale: () => [],
};
