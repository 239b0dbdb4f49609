// Settings of one link that /proc/sys/net/ipv4/conf has as files (IFLA_INET_CONF, linux/if_link.h; linux/ip.h).
//
// In what the kernel tells of a link the same attribute is a bare array, so this is written and never read.
import { attr, attrs, nested } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Request } from '../message.ts';
import { u32 } from '../scalar.ts';
import { AF, IFLA, IFLA_INET, IPV4_DEVCONF, RTM } from './constants.ts';
import { ifinfomsg } from './link.ts';

const ipv4Settings = attrs('ipv4 settings', {
  acceptRedirects: attr(IPV4_DEVCONF.ACCEPT_REDIRECTS, u32),
  arpNotify: attr(IPV4_DEVCONF.ARP_NOTIFY, u32),
});

const attributes = attrs('link', {
  families: nested(
    IFLA.AF_SPEC,
    attrs('families', {
      inet: nested(AF.INET, attrs('inet', { settings: nested(IFLA_INET.CONF, ipv4Settings) })),
    }),
  ),
});

/** Settings by their names, as in ip-sysctl of the kernel's documentation; what is left out stays as it is. */
export type Ipv4Settings = Infer<typeof ipv4Settings>;

/** Asks to change settings of a link, each in a fraction of the time that a file takes (inet_set_link_af). */
export function setIpv4(
  index: number,
  settings: Ipv4Settings,
): Request<Infer<typeof ifinfomsg>, Infer<typeof attributes>> {
  return {
    operation: 'RTM_SETLINK',
    subject: `link ${index}`,
    type: RTM.SETLINK,
    flags: 0,
    format: { header: ifinfomsg, attributes },
    body: { header: ifinfomsg.make({ index }), attributes: { families: { inet: { settings } } } },
  };
}
