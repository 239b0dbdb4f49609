import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyBytes, anyOf, anyS32, anyText, anyU32, anyU64 } from '../../test/arbitrary.ts';
import { attributeLaws } from '../../test/codec-laws.ts';
import { encode } from '../codec.ts';
import { NFPROTO, NFT_VERDICT } from './constants.ts';
import { NFT_TRACETYPE } from './trace-constants.ts';
import { nfgenmsg } from './nfnetlink.ts';
import { readTrace, traceAttributes } from './trace.ts';

attributeLaws(
  traceAttributes,
  anyOf({
    table: anyText,
    chain: anyText,
    handle: anyU64,
    type: anyU32,
    verdict: anyOf({ code: anyS32, chain: anyText }),
    id: anyU32,
    networkHeader: anyBytes,
    transportHeader: anyBytes,
    iif: anyU32,
    oif: anyU32,
    nfproto: anyU32,
    policy: anyU32,
  }),
);

function message(type: number, attributes: Parameters<typeof traceAttributes.write>[0], family: number) {
  const bytes = Uint8Array.of(
    ...encode(nfgenmsg, nfgenmsg.make({ family })),
    ...encode(traceAttributes, attributes),
  );
  return { type, flags: 0, sequence: 0, port: 0, payload: new DataView(bytes.buffer) };
}

const TRACE = (10 << 8) | 17;
const policy = {
  ...{ table: 'filter', chain: 'FORWARD', id: 7 },
  ...{ type: NFT_TRACETYPE.POLICY, policy: NFT_VERDICT.DROP },
};

it('reads a policy', () => {
  expect(readTrace(message(TRACE, policy, NFPROTO.IPV4))).toMatchObject({
    ...{ family: 'ip', table: 'filter', chain: 'FORWARD', type: 'policy', code: NFT_VERDICT.DROP, packet: 7 },
  });
});

it('passes over what is no trace, and tables of families that nobody here knows', () => {
  expect(readTrace(message(TRACE - 1, policy, NFPROTO.IPV4))).toBeUndefined();
  expect(readTrace(message(TRACE, policy, 3))).toBeUndefined();
  fc.assert(
    fc.property(fc.constantFrom('table', 'chain', 'id', 'type', 'policy'), (lost) => {
      expect(readTrace(message(TRACE, { ...policy, [lost]: undefined }, NFPROTO.IPV4))).toBeUndefined();
    }),
  );
});
