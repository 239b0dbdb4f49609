import { expect, test } from 'vitest';
import { Cidr } from '../address/index.ts';
import { parseEgress } from './egress-text.ts';

test('names of policies', () => {
  expect(['internet', 'local', 'none'].map((text) => parseEgress('--egress', text))).toEqual([
    'internet',
    'local',
    'none',
  ]);
});

test('a list: each destination once, with all its ports', () => {
  const text =
    '10.0.0.0/8:443/tcp,fd00::/8:8000-8099/udp,10.0.0.0/8:53/udp,192.168.0.0/16,192.168.0.0/16:1/tcp';
  expect(parseEgress('--egress', text)).toEqual([
    {
      cidr: Cidr.parse('10.0.0.0/8'),
      ports: [
        { protocol: 'tcp', first: 443, last: 443 },
        { protocol: 'udp', first: 53, last: 53 },
      ],
    },
    { cidr: Cidr.parse('fd00::/8'), ports: [{ protocol: 'udp', first: 8000, last: 8099 }] },
    { cidr: Cidr.parse('192.168.0.0/16'), ports: undefined },
  ]);
});

test.for<[string, RegExp]>([
  ['', /^--egress "": must be one of internet, local, none, a destination/],
  ['Internet', /^--egress "Internet": must be one of/],
  ['10.0.0.0/8,', /^--egress "": must be one of/],
  ['local,none', /^--egress "none": cannot stand beside "local"/],
  ['none,none', /^--egress "none": cannot stand beside "none"/],
  ['10.0.0.0', /^--egress "10\.0\.0\.0": must be one of/],
  ['10.0.0.1/8', /host bits are set/],
  ['10.0.0.0/8:', /must be one of/],
  ['10.0.0.0/8:443/icmp', /protocol "icmp" is none of tcp, udp, sctp/],
  ['10.0.0.0/8:0/tcp', /port 0 is not between 1 and 65535/],
  ['10.0.0.0/8:5-4/tcp', /the range ends before it begins/],
])('%j is refused', ([text, message]) => {
  expect(() => parseEgress('--egress', text)).toThrow(message);
});
