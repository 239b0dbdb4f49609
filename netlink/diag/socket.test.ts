import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyOf, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { acknowledge, answer, done, scriptedKernel } from '../../test/scripted-kernel.ts';
import { encode } from '../codec.ts';
import { Connection } from '../connection.ts';
import { concatenate, NLM_F } from '../message.ts';
import { SOCK_DIAG, TCP } from './constants.ts';
import {
  inet_diag_msg,
  inet_diag_req_v2,
  inet_diag_sockid,
  listListening,
  socketAttributes,
} from './socket.ts';

const anyPort = fc.integer({ min: 0, max: 0xffff });
const anyId = fc.record({
  ...{ sourcePort: anyPort, destinationPort: anyPort, device: anyU32 },
  ...{ source0: anyU32, source1: anyU32, source2: anyU32, source3: anyU32 },
});

codecLaws(inet_diag_sockid, anyId);
codecLaws(
  inet_diag_req_v2,
  fc.record({ family: anyU8, protocol: anyU8, extensions: anyU8, states: anyU32, id: anyId }),
);
codecLaws(
  inet_diag_msg,
  fc.record({
    ...{ family: anyU8, state: anyU8, timer: anyU8, retransmissions: anyU8, id: anyId },
    ...{ expires: anyU32, receiveQueue: anyU32, sendQueue: anyU32, uid: anyU32, inode: anyU32 },
  }),
);
attributeLaws(socketAttributes, anyOf({ isV6Only: anyU8 }));

const ENOENT = 2;

function socket(family: number, state: number, id: object, isV6Only?: number): Uint8Array {
  const whole = inet_diag_msg.make({ family, state, id: inet_diag_sockid.make(id) });
  return concatenate([encode(inet_diag_msg, whole), encode(socketAttributes, { isV6Only })]);
}

it('tells the sockets of both protocols and families, and none of a protocol that the kernel does not tell of', () => {
  const v4 = socket(2, TCP.LISTEN, { sourcePort: 80, source0: 0x7f00_0001 });
  const v6 = socket(10, TCP.LISTEN, { sourcePort: 443, source0: 0xfd00_0000, source3: 2 }, 1);
  const kernel = scriptedKernel(
    (dump) => [answer(dump, SOCK_DIAG.BY_FAMILY, v4, NLM_F.MULTI), done(dump)],
    (dump) => [answer(dump, SOCK_DIAG.BY_FAMILY, v6, NLM_F.MULTI), done(dump)],
    (dump) => [acknowledge(dump, ENOENT)],
    (dump) => [acknowledge(dump, ENOENT)],
  );
  const sockets = listListening(new Connection(kernel));
  expect(sockets.map((one) => ({ ...one, address: one.address.toString() }))).toEqual([
    { protocol: 'tcp', address: '127.0.0.1', port: 80, isV6Only: false, inode: 0 },
    { protocol: 'tcp', address: 'fd00::2', port: 443, isV6Only: true, inode: 0 },
  ]);
});
