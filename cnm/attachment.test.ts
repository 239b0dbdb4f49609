import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cidr, InterfaceAddress } from '../address/index.ts';
import { anyIp, anyMac, anyU32 } from '../test/arbitrary.ts';
import { deserialize, merge, serialize } from './attachment.ts';
import type { AttachedAddress, AttachedInterface, AttachedRoute, Attachment } from './attachment.ts';

const empty: Attachment = { interfaces: [], addresses: [], routes: [] };

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const anyInterface: fc.Arbitrary<AttachedInterface> = fc.record({
  name: fc.string({ minLength: 1, maxLength: 15 }),
  mac: maybe(anyMac),
  mtu: fc.integer({ min: 68, max: 65535 }),
  sandbox: maybe(fc.constantFrom('/run/netns/a', '/proc/1/ns/net')),
});

const anyRoute: fc.Arbitrary<AttachedRoute> = fc.record({
  dst: fc.tuple(anyIp, fc.nat({ max: 32 })).map(([ip, prefix]) => Cidr.of(ip, prefix)),
  gw: maybe(anyIp),
  mtu: maybe(anyU32),
  advmss: maybe(anyU32),
  priority: maybe(anyU32),
  table: maybe(anyU32),
  scope: maybe(fc.nat({ max: 255 })),
});

const anyAttachment: fc.Arbitrary<Attachment> = fc
  .array(anyInterface, { minLength: 1, maxLength: 4 })
  .chain((interfaces) => {
    const anyAddress: fc.Arbitrary<AttachedAddress> = fc.record({
      address: fc.tuple(anyIp, fc.nat({ max: 32 })).map(([ip, prefix]) => InterfaceAddress.of(ip, prefix)),
      gateway: maybe(anyIp),
      interface: fc.nat({ max: interfaces.length - 1 }),
    });
    return fc.record({
      interfaces: fc.constant(interfaces),
      addresses: fc.array(anyAddress, { maxLength: 4 }),
      routes: fc.array(anyRoute, { maxLength: 4 }),
    });
  });

test('what is serialized is read back as it was', () => {
  fc.assert(
    fc.property(anyAttachment, (attachment) => {
      expect(deserialize(serialize(attachment))).toEqual(attachment);
    }),
  );
});

test('text that is no attachment is refused, not taken for an empty one', () => {
  expect(() => deserialize('{"interfaces":[]}')).toThrow();
  expect(() => deserialize('{"interfaces":[],"addresses":[{}],"routes":[]}')).toThrow(
    expect.objectContaining({ code: 'TSNET_ADDRESS' }),
  );
});

test('merging one, or one with nothing, changes nothing', () => {
  fc.assert(
    fc.property(anyAttachment, (attachment) => {
      expect(merge([attachment])).toEqual(attachment);
      expect(merge([empty, attachment, empty])).toEqual(attachment);
    }),
  );
  expect(merge([])).toEqual(empty);
});

test('it does not matter which are merged first', () => {
  fc.assert(
    fc.property(anyAttachment, anyAttachment, anyAttachment, (a, b, c) => {
      expect(merge([merge([a, b]), c])).toEqual(merge([a, merge([b, c])]));
    }),
  );
});

test('every address keeps its interface', () => {
  const interfaceNames = ({ interfaces, addresses }: Attachment) =>
    addresses.map((one) => [one.address.toString(), interfaces[one.interface ?? -1]]);
  fc.assert(
    fc.property(fc.array(anyAttachment, { maxLength: 3 }), (attachments) => {
      expect(interfaceNames(merge(attachments))).toEqual(attachments.flatMap(interfaceNames));
    }),
  );
});
