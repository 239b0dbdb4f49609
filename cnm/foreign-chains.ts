// Chains in which others may lead what is for this host elsewhere.
import type { Ip } from '../address/index.ts';
import { TABLE } from '../firewall/sets.ts';
import type { Connection } from '../netlink/connection.ts';
import { listChains } from '../netlink/netfilter/chain.ts';
import type { Chain } from '../netlink/netfilter/chain.ts';
import { NF_INET } from '../netlink/netfilter/constants.ts';
import type { Protocol } from '../state/port.ts';

/** Which rule of somebody else takes what calls a port of an address, and where it leads, in words. */
export type ForeignTaker = (protocol: Protocol, address: Ip, port: number) => string | undefined;

const hooks: readonly number[] = [NF_INET.PRE_ROUTING, NF_INET.LOCAL_OUT];

/** The chains of others that translate destinations. Throws KernelError. */
export function foreignChains(netfilter: Connection): Chain[] {
  return listChains(netfilter).filter(
    ({ family, table, base }) =>
      base?.type === 'nat' && hooks.includes(base.hook) && !(family === 'inet' && table === TABLE),
  );
}
