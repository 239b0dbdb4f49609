import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { CniError } from '../../cni/index.ts';
import { assertAllowed, sysctlKey, sysctlsOf } from './sysctl.ts';

describe('the name of a setting', () => {
  test.each([
    ['net.ipv4.ip_forward', ['ipv4', 'ip_forward']],
    ['net/ipv4/ip_forward', ['ipv4', 'ip_forward']],
    ['net.ipv4.conf.IFNAME.arp_filter', ['ipv4', 'conf', 'eth0.5', 'arp_filter']],
    ['net/ipv6/conf/IFNAME/mtu', ['ipv6', 'conf', 'eth0.5', 'mtu']],
    ['net/ipv4/conf/eth1.7/mtu', ['ipv4', 'conf', 'eth1.7', 'mtu']],
    ['net.ipv4.conf.eth1/7.mtu', ['ipv4', 'conf', 'eth1.7', 'mtu']],
  ])('%s', (name, key) => {
    expect(sysctlKey(name, 'eth0.5')).toEqual(key);
  });

  test.each([
    'kernel.hostname',
    'net',
    'net.',
    'net..ipv4.ip_forward',
    'net/../kernel/hostname',
    'net.//.kernel.hostname',
    'net./.ipv4',
    '/net/ipv4/ip_forward',
    '.net.ipv4.ip_forward',
    'net/ipv4/',
    '',
  ])('%j is refused', (name) => {
    expect(() => sysctlKey(name, 'eth0')).toThrow(`invalid net sysctl key: ${JSON.stringify(name)}`);
  });

  test('never leads out of net', () => {
    const part = fc.constantFrom('net', '.', '/', '..', '//', 'ipv4', 'IFNAME', 'kernel', '');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        let key: string[];
        try {
          key = sysctlKey(parts.join(''), 'eth0');
        } catch (error) {
          expect(error).toBeInstanceOf(CniError);
          return;
        }
        for (const one of key) expect(one).not.toMatch(/^\.{0,2}$|\//);
      }),
      { numRuns: 1000 },
    );
  });
});

test('a setting may be named once', () => {
  expect(sysctlsOf({ 'net.a': '1', 'net/b': '2' }, 'eth0')).toEqual([
    { key: ['a'], value: '1' },
    { key: ['b'], value: '2' },
  ]);
  expect(() => sysctlsOf({ 'net.a.IFNAME': '1', 'net/a/eth0': '1' }, 'eth0')).toThrow('duplicated');
});

describe('an allow-list', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsnet-tuning-'));
  const path = join(folder, 'allowlist.conf');
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const check = (list: string, ...names: string[]) => {
    writeFileSync(path, list);
    assertAllowed(names, path);
  };

  test('that is not there allows all', () => {
    assertAllowed(['net.x'], join(folder, 'none'));
    assertAllowed(['net.x'], join(path, 'below', 'a', 'file'));
  });

  test('names what is allowed by expressions', () => {
    check('^net\\.ipv4\\.tcp_\n\n', 'net.ipv4.tcp_ecn');
    expect(() => {
      check('^net\\.ipv4\\.tcp_\n\n', 'net.ipv4.tcp_ecn', 'net.ipv4.ip_forward');
    }).toThrow(
      'Sysctl net.ipv4.ip_forward is not allowed. Only the following sysctls are allowed: [^net\\.ipv4\\.tcp_]',
    );
  });

  test('that is empty or wrong allows nothing', () => {
    expect(() => {
      check('\n', 'net.x');
    }).toThrow('is not allowed');
    expect(() => {
      check('(', 'net.x');
    }).toThrow(`allow-list "${path}"`);
    check('(');
  });
});
