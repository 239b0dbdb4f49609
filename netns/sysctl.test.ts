import { expect, test } from 'vitest';
import { HERE } from '../native/index.ts';
import { readSysctl, writeSysctl, writeSysctlIfPresent, writeSysctls } from './sysctl.ts';

test.each([
  [['ipv4', 'conf', '..', '..', 'kernel', 'hostname']],
  [['ipv4', 'conf', '.', 'forwarding']],
  [['ipv4', 'conf', '../../kernel', 'hostname']],
  [['ipv4', 'conf/all', 'forwarding']],
  [['ipv4', 'conf', '', 'forwarding']],
  [['', 'proc', 'version']],
])('%j leads out of the settings and is refused, read or written', (key) => {
  const refusal = expect.objectContaining({
    code: 'TSNET_CONFIG',
    message: `sysctl "${key.join('/')}": not a setting below net`,
  }) as unknown as Error;
  expect(() => readSysctl(HERE, key)).toThrow(refusal);
  expect(() => {
    writeSysctl(HERE, key, '0');
  }).toThrow(refusal);
  expect(() => {
    writeSysctlIfPresent(HERE, key, '0');
  }).toThrow(refusal);
  expect(() => {
    writeSysctls(HERE, [[key, '0']]);
  }).toThrow(refusal);
});

test('of several settings those that this kernel does not have are passed over, and a refusal is told', () => {
  const missing = ['ipv4', 'conf', 'no-such-link', 'forwarding'];
  writeSysctls(HERE, [
    [missing, '0'],
    [missing, '1'],
  ]);
  const noSetting = ['ipv4', 'conf', 'all'];
  expect(() => {
    writeSysctls(HERE, [
      [missing, '0'],
      [noSetting, '1'],
    ]);
  }).toThrow('/proc/sys/net/ipv4/conf/all');
});

test('a setting is read without its line end', () => {
  expect(readSysctl(HERE, ['ipv4', 'ip_forward'])).toMatch(/^[012]$/);
});

test('a dot in an interface name does not part the key', () => {
  const key = ['ipv4', 'conf', 'eth0.100', 'forwarding'];
  expect(() => {
    writeSysctl(HERE, key, '0');
  }).toThrow('/proc/sys/net/ipv4/conf/eth0.100/forwarding');
});

test('a setting that this kernel does not have is undefined, and writing it is left out where that is asked for', () => {
  const key = ['ipv4', 'conf', 'no-such-link', 'forwarding'];
  expect(readSysctl(HERE, key)).toBeUndefined();
  writeSysctlIfPresent(HERE, key, '0');
  expect(() => {
    writeSysctl(HERE, key, '0');
  }).toThrow(expect.objectContaining({ code: 'TSNET_SYSCALL', errno: 'ENOENT' }));
});
