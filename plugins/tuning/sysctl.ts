// The settings that a configuration names, as the kernel names them.
import { readFileSync } from 'node:fs';
import { CniError, cniCodes } from '../../cni/index.ts';
import type { Tuning } from '../../cnm/request.ts';

/** Where an administrator says which settings may be changed: a regular expression in each line, as for the reference. */
const ALLOWLIST = '/etc/cni/tuning/allowlist.conf';

/**
 * Splits a setting's name as sysctl(8) does: at the first of "." and "/" in it, so that the other may be in an interface's
 * name, where "/" stands for a ".". IFNAME stands for `ifname`. Throws CniError 7 for what is not below `net`.
 */
export function sysctlKey(name: string, ifname: string): string[] {
  const isDotted = /^[^/]*\./.test(name);
  const parts = isDotted ? name.split('.').map((part) => part.replaceAll('/', '.')) : name.split('/');
  const [net, ...key] = parts.map((part) => part.replaceAll('IFNAME', ifname));
  const isBelow = key.length > 0 && key.every((part) => part !== '' && part !== '.' && part !== '..');
  if (net === 'net' && isBelow) return key;
  throw new CniError(
    cniCodes.invalidConfig,
    `invalid net sysctl key: ${JSON.stringify(name)}`,
    'a key is like net.ipv4.conf.IFNAME.arp_notify, or net/ipv4/conf/eth0.5/arp_notify for a name with a dot',
  );
}

/** The settings to change. Throws CniError 7 for a name that is wrong, or that names what another one does. */
export function sysctlsOf(values: Readonly<Record<string, string>>, ifname: string): Tuning['sysctls'] {
  const seen = new Map<string, string>();
  return Object.entries(values).map(([name, value]) => {
    const key = sysctlKey(name, ifname);
    const twin = seen.get(key.join('/'));
    if (twin !== undefined) {
      throw new CniError(
        cniCodes.invalidConfig,
        'duplicated sysctl keys are not allowed',
        `"${twin}" and "${name}"`,
      );
    }
    seen.set(key.join('/'), name);
    return { key, value };
  });
}

/** The expressions of the allow-list; undefined when there is none, which allows all. */
function readAllowlist(path: string): RegExp[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CniError(cniCodes.io, `allow-list "${path}": ${message}`);
  }
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => expression(line, path));
}

function expression(line: string, path: string): RegExp {
  try {
    return new RegExp(line);
  } catch (error) {
    throw new CniError(cniCodes.invalidConfig, `allow-list "${path}": ${(error as Error).message}`);
  }
}

/** Throws CniError 7 for a name, as it is written, that the administrator's allow-list does not have. */
export function assertAllowed(names: readonly string[], path = ALLOWLIST): void {
  if (names.length === 0) return;
  const allowed = readAllowlist(path);
  if (allowed === undefined) return;
  const refused = names.find((name) => !allowed.some((one) => one.test(name)));
  if (refused === undefined) return;
  const list = allowed.map(({ source }) => source).join(' ');
  throw new CniError(
    cniCodes.invalidConfig,
    `Sysctl ${refused} is not allowed. Only the following sysctls are allowed: [${list}]`,
  );
}
