import { describe, expect, it } from 'vitest';
import { readPatience, readTarget } from './trace-words.ts';

describe('readTarget', () => {
  it.each([
    ['web', 'web', undefined, undefined],
    ['web/icmp', 'web', undefined, 'icmp'],
    ['web:80', 'web', 80, 'tcp'],
    ['web:53/udp', 'web', 53, 'udp'],
    ['10.0.0.1:443/tcp', '10.0.0.1', 443, 'tcp'],
    ['10.0.0.1', '10.0.0.1', undefined, undefined],
    ['fd00::1', 'fd00::1', undefined, undefined],
    ['fd00::1/icmp', 'fd00::1', undefined, 'icmp'],
    ['[fd00::1]:80', 'fd00::1', 80, 'tcp'],
    ['[fd00::1]', 'fd00::1', undefined, undefined],
  ])('%s', (text, name, port, protocol) => {
    expect(readTarget(text)).toEqual({ name, port, protocol });
  });

  it.each([
    ['', /must be </],
    ['web:', /must be </],
    ['web:80:80', /must be </],
    ['[web]:80', /must be </],
    ['web/tcp/udp', /must be </],
    ['web:0', /from 1 to 65535/],
    ['web:65536', /from 1 to 65535/],
    ['web:80/sctp', /"sctp" is none of/],
    ['web/tcp', /tcp needs a port/],
    ['10.0.0.1/udp', /udp needs a port/],
    ['web:80/icmp', /has no port/],
  ])('"%s" is refused', (text, message) => {
    expect(() => readTarget(text)).toThrow(message);
  });
});

it('reads seconds', () => {
  expect([readPatience(undefined), readPatience('0.5'), readPatience('60')]).toEqual([
    undefined,
    500,
    60_000,
  ]);
  for (const text of ['', '0', '-1', '1e3', '3601', 'soon'])
    expect(() => readPatience(text)).toThrow(/--wait/);
});
