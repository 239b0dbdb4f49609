// Neighbour entries (RTM_*NEIGH, linux/neighbour.h): which link-layer address belongs to an IP address.
import type { Ip, Mac } from '../../address/index.ts';
import { attr, attrs } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { NLM_F } from '../message.ts';
import type { Request } from '../message.ts';
import { ip, mac, pad, s32, u16, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { familyNumber } from './address.ts';
import { AF, NDA, NUD, RTM } from './constants.ts';

/** struct ndmsg. */
export const ndmsg = struct('ndmsg', {
  family: u8,
  pad1: pad(1),
  pad2: pad(2),
  index: s32,
  state: u16,
  flags: u8,
  type: u8,
});

export const neighbourAttributes = attrs('neighbour', {
  dst: attr(NDA.DST, ip),
  address: attr(NDA.LLADDR, mac),
});

const format = { header: ndmsg, attributes: neighbourAttributes };
type NeighbourRequest = Request<Infer<typeof ndmsg>, Infer<typeof neighbourAttributes>>;

/** Asks for a permanent neighbour entry on a link, replacing what is there. */
export function newNeighbour(index: number, dst: Ip, address: Mac): NeighbourRequest {
  return {
    operation: 'RTM_NEWNEIGH',
    subject: `neighbour ${dst.toString()}`,
    type: RTM.NEWNEIGH,
    flags: NLM_F.CREATE | NLM_F.REPLACE,
    format,
    body: {
      header: ndmsg.make({ family: familyNumber(dst.family), index, state: NUD.PERMANENT }),
      attributes: { dst, address },
    },
  };
}

/** Asks to forget the neighbour entry of `dst`, so that a new holder of the address is looked up afresh. */
export function deleteNeighbour(index: number, dst: Ip): NeighbourRequest {
  return {
    operation: 'RTM_DELNEIGH',
    subject: `neighbour ${dst.toString()}`,
    type: RTM.DELNEIGH,
    flags: 0,
    format,
    body: { header: ndmsg.make({ family: familyNumber(dst.family), index }), attributes: { dst } },
  };
}

/** A neighbour entry as the kernel shows it. */
export interface Neighbour {
  readonly index: number;
  readonly dst: Ip;
  readonly address: Mac | undefined;
  readonly state: number;
}

/** All IP neighbour entries of the connection's namespace. */
export function listNeighbours(connection: Connection): Neighbour[] {
  const request: NeighbourRequest = {
    operation: 'RTM_GETNEIGH',
    type: RTM.GETNEIGH,
    flags: 0,
    format,
    body: { header: ndmsg.make({}), attributes: {} },
  };
  return connection
    .dump(request)
    .filter(({ header }) => header.family === AF.INET || header.family === AF.INET6)
    .flatMap(({ header, attributes }) =>
      attributes.dst === undefined
        ? []
        : [{ index: header.index, dst: attributes.dst, address: attributes.address, state: header.state }],
    );
}
