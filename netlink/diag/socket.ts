// Sockets that wait for somebody to call (sock_diag(7), struct inet_diag_req_v2 and inet_diag_msg of linux/inet_diag.h).
import { Ip } from '../../address/index.ts';
import type { Family } from '../../address/index.ts';
import { attr, attrs } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import type { BodyFormat, Request } from '../message.ts';
import { pad, u16be, u32, u32be, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { INET_DIAG, SOCK_DIAG, TCP } from './constants.ts';

/** struct inet_diag_sockid; an address has four words of network order, of which IPv4 takes the first. */
export const inet_diag_sockid = struct('inet_diag_sockid', {
  sourcePort: u16be,
  destinationPort: u16be,
  source0: u32be,
  source1: u32be,
  source2: u32be,
  source3: u32be,
  destination: pad(16),
  device: u32,
  cookie: pad(8),
});

/** struct inet_diag_req_v2. */
export const inet_diag_req_v2 = struct('inet_diag_req_v2', {
  family: u8,
  protocol: u8,
  extensions: u8,
  pad: pad(1),
  states: u32,
  id: inet_diag_sockid,
});

/** struct inet_diag_msg. */
export const inet_diag_msg = struct('inet_diag_msg', {
  family: u8,
  state: u8,
  timer: u8,
  retransmissions: u8,
  id: inet_diag_sockid,
  expires: u32,
  receiveQueue: u32,
  sendQueue: u32,
  uid: u32,
  inode: u32,
});

export const socketAttributes = attrs('socket', { isV6Only: attr(INET_DIAG.SKV6ONLY, u8) });

type Question = Infer<typeof inet_diag_req_v2>;
type Answer = Infer<typeof inet_diag_msg>;
type SocketAttributes = Infer<typeof socketAttributes>;

const FAMILY: Record<Family, number> = { 4: 2, 6: 10 };

/** Protocols whose sockets are told of, by their names (RFC 5237). */
export const diagProtocols = { tcp: 6, udp: 17 } as const;

export type DiagProtocol = keyof typeof diagProtocols;

/** A socket that waits on an address, or on all of a family's when that is unspecified. */
export interface ListeningSocket {
  readonly protocol: DiagProtocol;
  readonly address: Ip;
  readonly port: number;
  /** Of an unspecified IPv6 address: IPv4 callers are not served. */
  readonly isV6Only: boolean;
}

/** The same, with the number by which its owner's descriptors name it (proc(5), fd/: `socket:[inode]`). */
export interface BoundSocket extends ListeningSocket {
  readonly inode: number;
}

/** Asks for the sockets of a protocol and family that wait for callers; the answers are read as `answerFormat`. */
export function listeningRequest(
  protocol: DiagProtocol,
  family: Family,
): Request<Question, SocketAttributes> {
  const state = protocol === 'tcp' ? TCP.LISTEN : TCP.CLOSE;
  return {
    operation: 'SOCK_DIAG_BY_FAMILY',
    subject: `${protocol} sockets of IPv${family}`,
    type: SOCK_DIAG.BY_FAMILY,
    flags: 0,
    format: { header: inet_diag_req_v2, attributes: socketAttributes },
    body: {
      header: inet_diag_req_v2.make({
        family: FAMILY[family],
        protocol: diagProtocols[protocol],
        states: 1 << state,
      }),
      attributes: {},
    },
  };
}

/** What an answer is made of. */
export const answerFormat: BodyFormat<Answer, SocketAttributes> = {
  header: inet_diag_msg,
  attributes: socketAttributes,
};

function addressOf({ family, id }: Answer): Ip {
  if (family === FAMILY[4]) return Ip.fromValue(4, BigInt(id.source0));
  const words = [id.source0, id.source1, id.source2, id.source3];
  return Ip.fromValue(
    6,
    words.reduce((value, word) => (value << 32n) | BigInt(word), 0n),
  );
}

/**
 * The TCP and UDP sockets that wait for callers in the connection's namespace (of NETLINK.SOCK_DIAG). Of a protocol that
 * this kernel tells nothing of, none are told.
 */
export function listListening(connection: Connection): BoundSocket[] {
  return (Object.keys(diagProtocols) as DiagProtocol[]).flatMap((protocol) =>
    ([4, 6] as const).flatMap((family) => {
      try {
        return connection
          .dump(listeningRequest(protocol, family), answerFormat)
          .map(({ header, attributes }) => ({
            protocol,
            address: addressOf(header),
            port: header.id.sourcePort,
            isV6Only: attributes.isV6Only === 1,
            inode: header.inode,
          }));
      } catch (error) {
        if (isKernelError(error, 'ENOENT', 'EINVAL')) return [];
        throw error;
      }
    }),
  );
}
