import { expect, test } from 'vitest';
import { explained } from '../test/explained.ts';
import { networkConfig, readConfig } from './config.ts';
import { validate } from './validate.ts';

const bytes = (text: string) => Buffer.from(text);

test('name and version are read and the object is kept as received', () => {
  const json = { Name: 'net', cniVersion: '1.1.0', type: 'bridge', unknown: null };
  expect(readConfig(bytes(JSON.stringify(json)))).toEqual({ network: 'net', version: '1.1.0', json });
});

test('a configuration without cniVersion is one of 0.1.0', () => {
  expect(readConfig(bytes('{"name":"net"}')).version).toBe('0.1.0');
});

test.each([
  ['{bad', 6, 'network configuration: not JSON'],
  ['', 6, 'network configuration: not JSON'],
  ['[]', 6, 'network configuration: not a JSON object'],
  ['null', 6, 'network configuration: not a JSON object'],
  ['{}', 7, 'missing network name'],
  ['{"name":""}', 7, 'missing network name'],
  ['{"name":null}', 7, 'missing network name'],
  ['{"name":"a/b"}', 7, 'invalid characters found in network name'],
  ['{"name":".hidden"}', 7, 'invalid characters found in network name'],
  ['{"name":"net\\n"}', 7, 'invalid characters found in network name'],
  ['{"name":7}', 7, 'name 7: expected string, received number'],
])('%j is refused', (text, cniCode, message) => {
  expect(() => explained(() => readConfig(bytes(text)))).toThrow(
    expect.objectContaining({ cniCode, message }),
  );
});

const named = (name: string, more: object = {}) => readConfig(bytes(JSON.stringify({ name, ...more })));

test('a text that came before gives the same object, and what was read of it', () => {
  const reader = networkConfig({});
  const first = named('net', { ipam: { type: 'tsnet' } });
  expect(named('net', { ipam: { type: 'tsnet' } })).toBe(first);
  expect(named('net', { ipam: { type: 'static' } })).not.toBe(first);
  expect(validate(reader, first.json)).toBe(validate(reader, first.json));
  expect(validate(networkConfig({}), first.json)).not.toBe(validate(reader, first.json));
});

test('a text with a result in it, or a long one, or one that has not come for long is read again', () => {
  for (const more of [{ prevResult: {} }, { text: 'x'.repeat(20_000) }])
    expect(named('net', more)).not.toBe(named('net', more));
  const first = named('first');
  for (let at = 0; at < 15; at++) named(`other${at}`);
  expect(named('first')).toBe(first);
  for (let at = 0; at < 16; at++) named(`another${at}`);
  expect(named('first')).not.toBe(first);
});

test('what every plugin has is typed, what only others know is kept', () => {
  const config = validate(networkConfig({}), {
    name: 'net',
    ipam: { type: 'host-local', subnet: 'anything' },
    args: { cni: { ips: ['10.0.0.2/24'], labels: [] } },
    prevResult: { any: 'thing' },
    extra: 1,
  });
  expect(config.ipam).toEqual({ type: 'host-local', subnet: 'anything' });
  expect(config.args?.cni?.ips?.map(String)).toEqual(['10.0.0.2/24']);
  expect(config).toMatchObject({ extra: 1 });
});
