// What has passed a link since it was made (IFLA_STATS64, linux/if_link.h).
import { attr, attrs } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { cstring, u64 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { IFLA, RTM } from './constants.ts';
import { ifinfomsg } from './link.ts';

/** The beginning of struct rtnl_link_stats64, which all kernels have: whole numbers of packets and bytes. */
export const rtnl_link_stats64 = struct('rtnl_link_stats64', {
  rxPackets: u64,
  txPackets: u64,
  rxBytes: u64,
  txBytes: u64,
  rxErrors: u64,
  txErrors: u64,
  rxDropped: u64,
  txDropped: u64,
});

/** The attributes of a link that tell of its traffic. */
export const countedLinkAttributes = attrs('link', {
  ifname: attr(IFLA.IFNAME, cstring),
  stats: attr(IFLA.STATS64, rtnl_link_stats64),
});

/** The counters of a link, which it begins with zero. `rx` is what it received. */
export type LinkStats = Readonly<Infer<typeof rtnl_link_stats64>>;

/** The counters of all links of the connection's namespace, by name. Throws KernelError. */
export function listLinkStats(connection: Connection): Map<string, LinkStats> {
  const links = connection.dump({
    operation: 'RTM_GETLINK',
    subject: 'links',
    type: RTM.GETLINK,
    flags: 0,
    format: { header: ifinfomsg, attributes: countedLinkAttributes },
    body: { header: ifinfomsg.make({}), attributes: {} },
  });
  return new Map(
    links.flatMap(({ attributes: { ifname, stats } }) => {
      return ifname === undefined || stats === undefined ? [] : [[ifname, stats] as const];
    }),
  );
}
