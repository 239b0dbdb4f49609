import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyBytes, anyIpv4, anyIpv6, anyU16 } from '../../test/arbitrary.ts';
import { packetText, readPacket } from './packet.ts';

function header(family: 4 | 6, protocol: number, source: Uint8Array, destination: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 20 : 40);
  bytes[0] = family === 4 ? 0x45 : 0x60;
  bytes[family === 4 ? 9 : 6] = protocol;
  bytes.set(source, family === 4 ? 12 : 8);
  bytes.set(destination, family === 4 ? 16 : 24);
  return bytes;
}

it('reads what it is made of', () => {
  const ends = fc.oneof(fc.tuple(anyIpv4, anyIpv4), fc.tuple(anyIpv6, anyIpv6));
  fc.assert(
    fc.property(ends, anyU16, anyU16, ([source, destination], from, to) => {
      const network = header(source.family, 6, source.toBytes(), destination.toBytes());
      const packet = readPacket(network, Uint8Array.of(from >> 8, from, to >> 8, to));
      expect(packet).toMatchObject({ sourcePort: from, destinationPort: to, protocol: 6 });
      expect([packet?.source.toString(), packet?.destination.toString()]).toEqual([
        ...[source.toString(), destination.toString()],
      ]);
    }),
  );
});

it('knows the answer to an echo', () => {
  const [a, b] = [Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)];
  const echo = (type: number) => readPacket(header(4, 1, a, b), Uint8Array.of(type, 0, 0, 0, 1, 2));
  expect([echo(8)?.isReply, echo(0)?.isReply]).toEqual([false, true]);
  expect(packetText(echo(8) ?? expect.fail())).toBe('10.0.0.1 -> 10.0.0.2');
});

it('reads nothing past the end', () => {
  fc.assert(
    fc.property(anyBytes, fc.option(anyBytes, { nil: undefined }), (network, transport) => {
      const packet = readPacket(network, transport);
      expect(packet === undefined || [4, 6].includes(packet.source.family)).toBe(true);
    }),
  );
});
