import fc from 'fast-check';
import { expect, it, test } from 'vitest';

import { Ip } from './ip.ts';
import { Mac } from './mac.ts';

const bytes = fc.uint8Array({ minLength: 6, maxLength: 6 });

it('reads colons and dashes in any case and writes lower case with colons', () => {
  for (const text of ['02:42:0a:01:00:ff', '02-42-0A-01-00-FF', '02:42:0A:01:00:fF']) {
    expect(Mac.parse(text).toString()).toBe('02:42:0a:01:00:ff');
  }
  expect(JSON.stringify({ mac: Mac.parse('02-42-0A-01-00-FF') })).toBe('{"mac":"02:42:0a:01:00:ff"}');
});

test.each([
  ...[
    '',
    '02:42:0a:01:00',
    '02:42:0a:01:00:02:03',
    '02:42:0a:01-00-02',
    '02:42:0a:01:00:2',
    '0242.0a01.0002',
    '02420a010002',
  ],
  ...['02:42:0a:01:00:0g', ' 02:42:0a:01:00:02', '02:42:0a:01:00:02\n', '02::42:0a:01:00:02'],
])('refuses %j', (text) => {
  expect(() => Mac.parse(text)).toThrow(expect.objectContaining({ code: 'TSNET_ADDRESS' }));
  expect(() => Mac.parse(text)).toThrow(`mac address "${text}": expected six octets`);
});

it('goes through bytes and text unchanged', () => {
  fc.assert(
    fc.property(bytes, (octets) => {
      const mac = Mac.fromBytes(octets);
      expect(mac.toBytes()).toEqual(octets);
      expect(Mac.parse(mac.toString())).toEqual(mac);
      expect(mac.isMulticast).toBe(((octets[0] ?? 0) & 1) === 1);
    }),
  );
});

it('refuses another number of bytes', () => {
  expect(() => Mac.fromBytes(new Uint8Array(8))).toThrow('mac address: expected 6 bytes, got 8');
});

it('equals and deeply equals only the same address', () => {
  const mac = Mac.parse('02:42:0a:01:00:02');
  expect(mac.equals(Mac.parse('02-42-0A-01-00-02'))).toBe(true);
  expect(mac.equals(Mac.parse('02:42:0a:01:00:03'))).toBe(false);
  expect(mac).not.toEqual(Mac.parse('02:42:0a:01:00:03'));
});

it('is made from an IPv4 address as Docker does', () => {
  expect(Mac.fromIpv4(Ip.parse('172.17.0.2')).toString()).toBe('02:42:ac:11:00:02');
  expect(() => Mac.fromIpv4(Ip.parse('fd00::2'))).toThrow('"fd00::2" is not IPv4');
});

it('is made from a seed: always the same, unicast, locally administered', () => {
  // python3 -c 'import hashlib; print(hashlib.blake2s(b"tsnet").hexdigest()[:10])'
  expect(Mac.fromSeed('tsnet').toString()).toBe('02:ee:1d:fa:6c:0e');
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(Mac.fromSeed(a).toBytes()[0]).toBe(0x02);
      expect(Mac.fromSeed(a).equals(Mac.fromSeed(b))).toBe(a === b);
    }),
  );
});
