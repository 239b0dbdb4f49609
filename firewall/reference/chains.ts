// iptables chains that the reference makes for each container in table nat, and the jumps that lead there.
import type { AnyRequest } from '../../netlink/message.ts';
import { chainOf } from './names.ts';
import type { Interface } from './part.ts';
import { commentOf, jumpOf } from './ruleset.ts';
import type { Ruleset } from './ruleset.ts';

/** How the chains of a kind are called, and from where. */
interface ChainKind {
  readonly prefix: 'CNI-' | 'CNI-DN-';
  readonly from: string;
}

const families = ['ip', 'ip6'] as const;

/** Asks to delete a container's chain of a kind with the jumps to it. */
export function withoutChainOf(
  ruleset: Ruleset,
  { network, container }: Interface,
  { prefix, from }: ChainKind,
): AnyRequest[] {
  const chain = chainOf(network, container, prefix);
  return families.flatMap((family) => ruleset.withoutChain({ family, table: 'nat', chain }, from));
}

/** Asks to delete the chains of a kind whose containers are on that network and not among `keep`. */
export function withoutStaleChains(
  ruleset: Ruleset,
  network: string,
  keep: readonly Interface[],
  { prefix, from }: ChainKind,
): AnyRequest[] {
  const kept = new Set(keep.map(({ container }) => container));
  return families.flatMap((family) => {
    const stale = new Set<string>();
    for (const rule of ruleset.rules({ family, table: 'nat', chain: from })) {
      const container = containerOf(commentOf(rule), network);
      const chain = jumpOf(rule);
      if (container === undefined || kept.has(container) || chain === undefined) continue;
      // Anybody may write such a comment; the name of the chain proves it.
      if (chain === chainOf(network, container, prefix)) stale.add(chain);
    }
    return [...stale].flatMap((chain) => ruleset.withoutChain({ family, table: 'nat', chain }, from));
  });
}

// The comments are `name: "<network>" id: "<container>"`, those of published ports with `dnat` in front.
function containerOf(comment: string | undefined, network: string): string | undefined {
  const [, name, id] = /^(?:dnat )?name: "([^"]*)" id: "([^"]*)"$/.exec(comment ?? '') ?? [];
  return name === network ? id : undefined;
}
