// Random values of the basic kinds, for property tests.
import fc from 'fast-check';
import { Ip, Mac } from '../address/index.ts';
import type { UnknownAttribute } from '../netlink/attributes.ts';

export const anyU8 = fc.integer({ min: 0, max: 0xff });
export const anyU16 = fc.integer({ min: 0, max: 0xffff });
export const anyU32 = fc.integer({ min: 0, max: 0xffffffff });
export const anyS32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
export const anyU64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

export const anyIpv4 = anyU32.map((value) => Ip.fromValue(4, BigInt(value)));
export const anyIpv6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => Ip.fromValue(6, value));
export const anyIp = fc.oneof(anyIpv4, anyIpv6);
export const anyMac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => Mac.fromBytes(bytes));

export const anyBytes = fc.uint8Array({ maxLength: 40 });

/** Any text that a C string can hold, characters of four bytes and byte order marks included. */
export const anyText = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));

/** Attributes of types that no declaration of ours knows, with and without flag bits. */
export const anyUnknown: fc.Arbitrary<UnknownAttribute[]> = fc.array(
  fc.record({
    type: fc
      .tuple(fc.integer({ min: 0x1000, max: 0x3fff }), fc.constantFrom(0, 0x4000, 0x8000))
      .map(([type, flag]) => type | flag),
    payload: anyBytes,
  }),
  { minLength: 1, maxLength: 3 },
);

/** Objects with any choice of these fields, as every attribute may be absent. */
export function anyOf<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}
