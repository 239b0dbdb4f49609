// Connections as the kernel tracks them (ctnetlink, linux/netfilter/nfnetlink_conntrack.h).
import type { Family, Ip } from '../../address/index.ts';
import { attr, attrs, nested } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import type { Request } from '../message.ts';
import { ip, u16be, u32, u32be, u8 } from '../scalar.ts';
import {
  CTA,
  CTA_FILTER,
  CTA_IP,
  CTA_PROTO,
  CTA_TUPLE,
  IPCTNL_MSG_CT,
  NFNL_SUBSYS,
  NFPROTO,
} from './constants.ts';
import { nfgenmsg } from './nfnetlink.ts';
import type { NfGen } from './nfnetlink.ts';

const tuple = attrs('tuple', {
  ip: nested(
    CTA_TUPLE.IP,
    attrs('ip', {
      source4: attr(CTA_IP.V4_SRC, ip),
      destination4: attr(CTA_IP.V4_DST, ip),
      source6: attr(CTA_IP.V6_SRC, ip),
      destination6: attr(CTA_IP.V6_DST, ip),
    }),
  ),
  proto: nested(
    CTA_TUPLE.PROTO,
    attrs('proto', {
      number: attr(CTA_PROTO.NUM, u8),
      sourcePort: attr(CTA_PROTO.SRC_PORT, u16be),
      destinationPort: attr(CTA_PROTO.DST_PORT, u16be),
    }),
  ),
  zone: attr(CTA_TUPLE.ZONE, u16be),
});

export const conntrackAttributes = attrs('conntrack', {
  original: nested(CTA.TUPLE_ORIG, tuple),
  reply: nested(CTA.TUPLE_REPLY, tuple),
  id: attr(CTA.ID, u32be),
  zone: attr(CTA.ZONE, u16be),
  filter: nested(CTA.FILTER, attrs('filter', { original: attr(CTA_FILTER.ORIG_FLAGS, u32) })),
});

type Attributes = Infer<typeof conntrackAttributes>;

/** Which fields of a tuple a dump is filtered by: the kernel's CTA_FILTER_F_CTA_PROTO_* (net/netfilter/nf_internals.h). */
const FILTER_BY = { PROTO_NUM: 1 << 3, PROTO_DST_PORT: 1 << 5 };

/** One end of a connection's tuple. */
export interface Side {
  readonly ip: Ip;
  readonly port: number;
}

/** A tracked connection: where its first packet was sent to, and who answers to it. */
export interface Tracked {
  readonly destination: Side;
  readonly answerer: Side;
  /** What the kernel knows it by. */
  readonly attributes: Attributes;
}

function conntrackRequest(
  operation: 'GET' | 'DELETE',
  family: Family,
  attributes: Attributes,
): Request<NfGen, Attributes> {
  return {
    operation: `IPCTNL_MSG_CT_${operation}`,
    type: (NFNL_SUBSYS.CTNETLINK << 8) | IPCTNL_MSG_CT[operation],
    flags: 0,
    format: { header: nfgenmsg, attributes: conntrackAttributes },
    body: {
      header: nfgenmsg.make({ family: family === 4 ? NFPROTO.IPV4 : NFPROTO.IPV6 }),
      attributes,
    },
  };
}

/**
 * The connections of a family and protocol that were begun to a port, or to any port. Kernels before 5.8 do not filter by
 * themselves and show all.
 */
export function listConnections(
  connection: Connection,
  family: Family,
  protocol: number,
  port?: number,
): Tracked[] {
  const flags = FILTER_BY.PROTO_NUM | (port === undefined ? 0 : FILTER_BY.PROTO_DST_PORT);
  const request = conntrackRequest('GET', family, {
    original: { proto: { number: protocol, destinationPort: port } },
    filter: { original: flags },
  });
  return connection.dump(request).flatMap(({ attributes }) => {
    const { original, reply } = attributes;
    const destination = original?.ip?.destination4 ?? original?.ip?.destination6;
    const answerer = reply?.ip?.source4 ?? reply?.ip?.source6;
    const to = original?.proto?.destinationPort;
    const from = reply?.proto?.sourcePort;
    if (destination === undefined || answerer === undefined || to === undefined || from === undefined)
      return [];
    if (original?.proto?.number !== protocol || (port !== undefined && to !== port)) return [];
    return [
      { destination: { ip: destination, port: to }, answerer: { ip: answerer, port: from }, attributes },
    ];
  });
}

/** Makes the kernel forget a connection; one that has ended meanwhile is no error. */
export function forgetConnection(connection: Connection, { destination, attributes }: Tracked): void {
  const { original, id, zone } = attributes;
  // Without a tuple the kernel would take it for a request to forget all.
  if (original === undefined) return;
  try {
    connection.request(conntrackRequest('DELETE', destination.ip.family, { original, id, zone }));
  } catch (error) {
    if (!isKernelError(error, 'ENOENT')) throw error;
  }
}
