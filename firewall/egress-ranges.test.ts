import { expect, test } from 'vitest';
import { Ip } from '../address/index.ts';
import { privateRanges, specialRanges } from './egress-ranges.ts';
import type { AddressRange } from './egress-ranges.ts';

function has(ranges: readonly AddressRange[], text: string): boolean {
  const ip = Ip.parse(text);
  return ranges.some(({ first, last }) => first.compare(ip) <= 0 && ip.compare(last) <= 0);
}

const internet = [
  ...['1.0.0.0', '8.8.8.8', '9.255.255.255', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0'],
  ...['192.0.1.0', '192.0.3.0', '192.31.196.1', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
  ...['2000::', '2001:200::', '2001:4860:4860::8888', '2620:fe::fe', '2a00::1', '3ffe::1'],
  ...['64:ff9b::808:808', '64:ff9b::100:0', '64:ff9b::dfff:ffff'],
];

const elsewhere = [
  ...[
    '0.0.0.0',
    '0.255.255.255',
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.0',
    '100.100.100.200',
    '100.127.255.255',
  ],
  ...[
    '127.0.0.1',
    '169.254.169.254',
    '168.63.129.16',
    '172.16.0.0',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
  ],
  ...['192.88.99.1', '192.168.0.0', '198.18.0.0', '198.19.255.255', '198.51.100.1', '203.0.113.1'],
  ...['224.0.0.1', '239.255.255.255', '240.0.0.0', '255.255.255.255'],
  ...[
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:10.0.0.1',
    '64:ff9a::',
    '64:ff9b::',
    '64:ff9b::a00:1',
    '64:ff9b::a9fe:a9fe',
  ],
  ...['64:ff9b::7f00:1', '64:ff9b::ffff:ffff', '64:ff9b::1:0:0', '64:ff9b:1::808:808', '100::1', '1fff::'],
  ...[
    '2001::1',
    '2001:1ff::',
    '2001:db8::1',
    '2002:a00:1::',
    '2002:808:808::',
    '3fff::1',
    '4000::',
    '5f00::',
  ],
  ...['fc00::1', 'fd00:ec2::254', 'fe80::1', 'ff02::1', 'ffff::'],
];

test('what is the internet, and what is not', () => {
  const special = [...specialRanges(4), ...specialRanges(6)];
  expect(internet.filter((text) => has(special, text))).toEqual([]);
  expect(elsewhere.filter((text) => !has(special, text))).toEqual([]);
});

test('what is private, and tells nobody who a machine is', () => {
  const all = [...privateRanges(4), ...privateRanges(6)];
  const right = [
    '10.0.0.0',
    '10.255.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '192.168.0.0',
    '192.168.255.255',
  ];
  const right6 = ['fc00::', 'fd00:ec2::253', 'fd00:ec2::255', 'fd20:ce::253', 'fd20:ce::255', 'fdff:ffff::'];
  expect([...right, ...right6].filter((text) => !has(all, text))).toEqual([]);
  const wrong = [
    '9.255.255.255',
    '11.0.0.0',
    '172.32.0.0',
    '192.169.0.0',
    '100.64.0.1',
    '169.254.169.254',
    '127.0.0.1',
  ];
  const wrong6 = [
    'fd00:ec2::254',
    'fd20:ce::254',
    'fe80::1',
    '::1',
    '64:ff9b::a00:1',
    '2001:db8::1',
    'fbff::',
  ];
  expect([...wrong, ...wrong6, ...internet].filter((text) => has(all, text))).toEqual([]);
});

test.for([specialRanges(4), specialRanges(6), privateRanges(4), privateRanges(6)])(
  'no two share an address',
  (ranges) => {
    const sorted = ranges.toSorted((a, b) => a.first.compare(b.first));
    for (const [at, { first, last }] of sorted.entries()) {
      expect(first.compare(last)).toBeLessThanOrEqual(0);
      expect(sorted[at + 1]?.first.compare(last) ?? 1).toBeGreaterThan(0);
    }
  },
);
