import { isIP } from 'node:net';

import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it, test } from 'vitest';

import { Ip, type Family } from './ip.ts';

const quads = fc.ipV4();
const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
const sixes = groups.map((parts) => parts.map((part) => part.toString(16)).join(':'));
const ips = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map((bytes) => Ip.fromBytes(bytes));
/** Texts that are nearly addresses, and sometimes are. */
const nearly = fc
  .array(fc.constantFrom('0', '1', '00', '25', '255', '256', 'ffff', 'G', '.', '.', '.', ':', ':', '::'), {
    maxLength: 17,
  })
  .map((parts) => parts.join(''));

describe('parse', () => {
  const good: [text: string, family: Family, value: bigint, canonical: string][] = [
    ['0.0.0.0', 4, 0n, '0.0.0.0'],
    ['10.1.0.2', 4, 0x0a010002n, '10.1.0.2'],
    ['255.255.255.255', 4, 0xffffffffn, '255.255.255.255'],
    ['::', 6, 0n, '::'],
    ['::1', 6, 1n, '::1'],
    ['1::', 6, 1n << 112n, '1::'],
    ['FD00:0:0:0::1', 6, 0xfd00n * (1n << 112n) + 1n, 'fd00::1'],
    ['1:2:3:4:5:6:7::', 6, 0x00010002000300040005000600070000n, '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', 6, 0x2000300040005000600070008n, '0:2:3:4:5:6:7:8'],
    ['::ffff:10.0.0.1', 6, 0xffff0a000001n, '::ffff:10.0.0.1'],
    ['::ffff:a00:1', 6, 0xffff0a000001n, '::ffff:10.0.0.1'],
    ['0:0:0:0:0:FFFF:1.2.3.4', 6, 0xffff01020304n, '::ffff:1.2.3.4'],
    ['::1.2.3.4', 6, 0x01020304n, '::102:304'],
    ['64:ff9b::192.0.2.33', 6, (0x64ff9bn << 96n) + 0xc0000221n, '64:ff9b::c000:221'],
    // RFC 5952: 4.2.2 a single zero is written, 4.2.3 the longest run, of equal ones the first
    ['2001:db8:0:1:1:1:1:1', 6, 0x20010db8000000010001000100010001n, '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', 6, 0x20010000000000010000000000000001n, '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', 6, 0x20010db8000000000001000000000001n, '2001:db8::1:0:0:1'],
    ['1:0:0:2:0:0:0:0', 6, 0x00010000000000020000000000000000n, '1:0:0:2::'],
  ];
  test.each(good)('%s', (text, family, value, canonical) => {
    const ip = Ip.parse(text);
    expect([ip.family, ip.value, ip.toString(), JSON.stringify({ ip })]).toEqual([
      family,
      value,
      canonical,
      `{"ip":"${canonical}"}`,
    ]);
  });

  const bad = [
    ...[
      '',
      ' ',
      '10.1',
      '10.0.0',
      '10.0.0.0.0',
      '10.0.0.',
      '.10.0.0.1',
      '10..0.1',
      '256.0.0.1',
      '010.0.0.1',
      '00.0.0.0',
    ],
    ...[
      '0x7f.0.0.1',
      '2130706433',
      '1e1.0.0.1',
      '-1.0.0.1',
      '+1.0.0.1',
      ' 10.0.0.1',
      '10.0.0.1\n',
      '10.0.0.1/24',
      '１.0.0.1',
    ],
    ...[
      ':',
      ':::',
      '::1::',
      '1:::2',
      ':1',
      '1:',
      ':1::',
      '::1:',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4::5:6:7:8',
    ],
    ...['1:2:3:4:5:6:7:8::', '::12345', '::g', '::-1', '::1/64', 'fe80::1%eth0', '[::1]', '::1 ', '0x1::'],
    ...[
      '::1.2.3',
      '::1.2.3.04',
      '::1.2.3.256',
      '1.2.3.4::',
      '::1.2.3.4:5',
      '1:2:3:4:5:6:7:1.2.3.4',
      '1:2:3:4:5:1.2.3.4',
      ':1.2.3.4',
    ],
  ];
  test.each(bad)('refuses %j', (text) => {
    expect(() => Ip.parse(text)).toThrow(expect.objectContaining({ code: 'TSNET_ADDRESS' }));
    expect(() => Ip.parse(text)).toThrow(`ip address "${text}": expected `);
  });

  it('says what is wrong', () => {
    expect(() => Ip.parse('10.0.0.1/8')).toThrow(
      'ip address "10.0.0.1/8": expected an address without a prefix',
    );
    expect(() => Ip.parse('fe80::1%2')).toThrow('ip address "fe80::1%2": expected an address without a zone');
  });

  it('accepts what node:net accepts', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, quads, sixes, fc.ipV6(), fc.string()), (text) => {
        const family = text.includes('%') ? 0 : isIP(text);
        if (family === 0) {
          expect(() => Ip.parse(text)).toThrow(expect.objectContaining({ code: 'TSNET_ADDRESS' }));
        } else {
          expect(Ip.parse(text).family).toBe(family);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads and writes what ipaddr.js reads and writes', () => {
    fc.assert(
      fc.property(fc.oneof(quads, sixes, fc.ipV6()), (text) => {
        // ipaddr.js takes the deprecated ::1.2.3.4 for ::ffff:1.2.3.4
        fc.pre(!/^::\d+\./.test(text));
        const oracle = ipaddr.parse(text);
        const isMapped = oracle instanceof ipaddr.IPv6 && oracle.isIPv4MappedAddress();
        const canonical = isMapped ? `::ffff:${oracle.toIPv4Address().toString()}` : oracle.toString();
        expect([...Ip.parse(text).toBytes()]).toEqual(oracle.toByteArray());
        expect(Ip.parse(text).toString()).toBe(canonical);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('round trips', () => {
  it('through text, bytes and number', () => {
    fc.assert(
      fc.property(ips, (ip) => {
        expect(Ip.parse(ip.toString())).toEqual(ip);
        expect(Ip.fromBytes(ip.toBytes())).toEqual(ip);
        expect(Ip.fromValue(ip.family, ip.value)).toEqual(ip);
      }),
    );
  });

  test.each([0, 3, 5, 15, 17])('refuses %d bytes', (length) => {
    expect(() => Ip.fromBytes(new Uint8Array(length))).toThrow(`expected 4 or 16 bytes, got ${length}`);
  });

  test.each<[Family, bigint]>([
    [4, -1n],
    [4, 1n << 32n],
    [6, -1n],
    [6, 1n << 128n],
  ])('refuses a value outside of IPv%d: %s', (family, value) => {
    expect(() => Ip.fromValue(family, value)).toThrow(`${value} is outside the IPv${family} addresses`);
  });
});

describe('order and arithmetic', () => {
  it('orders as the octets do, IPv4 first', () => {
    fc.assert(
      fc.property(ips, ips, (a, b) => {
        const byBytes = a.family - b.family || Buffer.compare(a.toBytes(), b.toBytes());
        expect(Math.sign(a.compare(b))).toBe(Math.sign(byBytes));
        expect(a.equals(b)).toBe(byBytes === 0);
        expect(a.compare(a)).toBe(0);
      }),
    );
    expect(Ip.parse('0.0.0.1').equals(Ip.parse('::1'))).toBe(false);
  });

  it('goes on and back, and not over the ends', () => {
    expect(Ip.parse('10.0.0.255').plus(1n).toString()).toBe('10.0.1.0');
    expect(Ip.parse('fd00::').plus(-1n).toString()).toBe('fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');
    expect(() => Ip.parse('255.255.255.255').plus(1n)).toThrow('outside the IPv4 addresses');
    expect(() => Ip.parse('::').plus(-1n)).toThrow('outside the IPv6 addresses');
  });
});

describe('kinds', () => {
  const kinds = ['loopback', 'unspecified', 'multicast', 'linkLocal'];

  function kindsOf(ip: Ip): string[] {
    const is = [ip.isLoopback, ip.isUnspecified, ip.isMulticast, ip.isLinkLocal];
    return kinds.filter((_, at) => is[at]);
  }

  test.each([
    ['127.0.0.0', ['loopback']],
    ['127.255.255.255', ['loopback']],
    ['128.0.0.0', []],
    ['::1', ['loopback']],
    ['::2', []],
    ['0.0.0.0', ['unspecified']],
    ['0.0.0.1', []],
    ['::', ['unspecified']],
    ['224.0.0.1', ['multicast']],
    ['239.255.255.255', ['multicast']],
    ['240.0.0.0', []],
    ['ff02::1', ['multicast']],
    ['169.254.1.1', ['linkLocal']],
    ['169.255.0.0', []],
    ['fe80::1', ['linkLocal']],
    ['febf:ffff::', ['linkLocal']],
    ['fec0::', []],
    ['::ffff:127.0.0.1', ['loopback']],
    ['::ffff:0.0.0.0', ['unspecified']],
    ['::ffff:224.0.0.1', ['multicast']],
    ['::ffff:169.254.0.1', ['linkLocal']],
    ['::127.0.0.1', []],
  ])('%s is %j', (text, expected) => {
    expect(kindsOf(Ip.parse(text))).toEqual(expected);
  });

  it('agrees with ipaddr.js', () => {
    const first = fc.constantFrom(
      0x7f00n,
      0xa9fen,
      0xe000n,
      0xefffn,
      0xf000n,
      0xfe80n,
      0xfebfn,
      0xfec0n,
      0xff02n,
    );
    const remarkable = fc
      .tuple(first, fc.constantFrom(16n, 112n), fc.bigInt({ min: 0n, max: 0xffffn }))
      .map(([high, shift, low]) => Ip.fromValue(shift === 16n ? 4 : 6, (high << shift) + low));
    fc.assert(
      fc.property(fc.oneof(ips, remarkable), (ip) => {
        const range = ipaddr.process(ip.toString()).range();
        // for ipaddr.js all of 0.0.0.0/8 is unspecified
        fc.pre(range !== 'unspecified');
        expect(kindsOf(ip)).toEqual(kinds.filter((kind) => kind === range));
      }),
      { numRuns: 1000 },
    );
  });
});
