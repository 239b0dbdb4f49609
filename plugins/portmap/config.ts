// The keys of the `portmap` plugin, as the reference plugin has them.
import {
  boolean,
  checked,
  integer,
  networkConfig,
  optional,
  text,
  texts,
  withDefault,
} from '../../cni/index.ts';
import type { Output } from '../../cni/index.ts';
import { usualPublishing } from '../../cnm/request.ts';
import type { Publishing } from '../../cnm/request.ts';
import { readCondition } from './conditions.ts';

const backends = ['iptables', 'nftables'];

export const portmapConfig = checked(
  networkConfig({
    /** Which packet filter the reference would use; tsnet always has its own nftables table. */
    backend: optional(text),
    snat: withDefault(true, boolean),
    masqAll: withDefault(false, boolean),
    /** How the reference marks connections that get the host's address; tsnet needs no mark. */
    markMasqBit: optional(integer(0, 31)),
    externalSetMarkChain: optional(text),
    conditionsV4: withDefault([], texts),
    conditionsV6: withDefault([], texts),
  }),
  ({ backend, markMasqBit, externalSetMarkChain }, report) => {
    if (backend !== undefined && !backends.includes(backend))
      report(['backend'], `unrecognized backend, write one of ${backends.join(', ')}, or leave it out`);
    if (markMasqBit !== undefined && externalSetMarkChain !== undefined)
      report([], 'Cannot specify externalSetMarkChain and markMasqBit');
  },
);

export type PortmapConfig = Output<typeof portmapConfig>;

/** How a configuration wants ports to be published. Throws CniError 2 for conditions that tsnet does not act on. */
export function publishingOf({ snat, masqAll, conditionsV4, conditionsV6 }: PortmapConfig): Publishing {
  const needed = masqAll ? 'always' : usualPublishing.masquerade;
  return {
    masquerade: snat ? needed : 'never',
    conditions: {
      4: readCondition('conditionsV4', 4, conditionsV4),
      6: readCondition('conditionsV6', 6, conditionsV6),
    },
  };
}
