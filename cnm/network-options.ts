// The options of a network, under the names that Docker gave them, and under tsnet's own where Docker has none.
import { TsnetError } from '../errors/tsnet-error.ts';
import { parseEgress } from './egress-text.ts';
import type { Egress } from './request.ts';

const names = {
  bridgeName: 'com.docker.network.bridge.name',
  isMasqueraded: 'com.docker.network.bridge.enable_ip_masquerade',
  mtu: 'com.docker.network.driver.mtu',
  egress: 'tsnet.egress',
} as const;

/** The options that tsnet acts on. `mtu` in bytes. */
export interface NetworkOptions {
  readonly bridgeName: string | undefined;
  readonly isMasqueraded: boolean;
  readonly mtu: number | undefined;
  /** What members may call; undefined: everything. */
  readonly egress: Egress | undefined;
}

function wrong(name: string, value: string, right: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `option ${name} "${value}": must be ${right}`);
}

function bool(name: string, value: string | undefined, standard: boolean): boolean {
  if (value === undefined) return standard;
  if (['true', '1'].includes(value)) return true;
  if (['false', '0'].includes(value)) return false;
  throw wrong(name, value, 'true or false');
}

function mtu(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  // 1280 is what IPv6 needs (RFC 8200, 5), 68 what IPv4 needs (RFC 791).
  if (number < 68 || number > 65535) throw wrong(names.mtu, value, 'a number of bytes from 68 to 65535');
  return number;
}

/** The option that says what members of a network may call. */
export const EGRESS_OPTION = names.egress;

function ifname(value: string | undefined): string | undefined {
  if (value === undefined || (/^[^\s/:]{1,15}$/.test(value) && value !== '.' && value !== '..')) return value;
  throw wrong(
    names.bridgeName,
    value,
    'an interface name of 1 to 15 characters without white space, "/" and ":"',
  );
}

/** Reads the options of a network. Throws TSNET_CONFIG for one that is not known or has a wrong value. */
export function readOptions(options: Readonly<Record<string, string>>): NetworkOptions {
  const known: readonly string[] = Object.values(names);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TsnetError('TSNET_CONFIG', `option ${unknown}: not known; known are ${known.join(', ')}`);
  }
  const egress = options[names.egress];
  return {
    bridgeName: ifname(options[names.bridgeName]),
    isMasqueraded: bool(names.isMasqueraded, options[names.isMasqueraded], true),
    mtu: mtu(options[names.mtu]),
    egress: egress === undefined ? undefined : parseEgress(`option ${names.egress}`, egress),
  };
}

/** All options of a network with the values in force, under Docker's names. */
export function optionsInForce(
  bridge: string,
  options: Readonly<Record<string, string>>,
): Record<string, string> {
  const { isMasqueraded } = readOptions(options);
  return { [names.bridgeName]: bridge, [names.isMasqueraded]: String(isMasqueraded), ...options };
}
