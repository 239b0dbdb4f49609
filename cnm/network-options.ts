// The options of a network, under the names that Docker gave them, or under tsnet's own.
import { TsnetError } from '../errors/tsnet-error.ts';
import { parseEgress } from './egress-text.ts';
import { isLinkName } from './interface/names.ts';
import { readRate } from './rate.ts';
import type { Egress, RateLimit, Seclusion } from './request.ts';

const names = {
  bridgeName: 'com.docker.network.bridge.name',
  isMasqueraded: 'com.docker.network.bridge.enable_ip_masquerade',
  mtu: 'com.docker.network.driver.mtu',
  isRoutable: 'tsnet.direct_routing',
  hasIcc: 'com.docker.network.bridge.enable_icc',
  isInternal: 'com.docker.network.internal',
  isIsolated: 'tsnet.isolation',
  isAntiSpoof: 'tsnet.anti_spoof',
  mayCall: 'tsnet.egress',
  ingressRate: 'tsnet.bandwidth.ingress',
  egressRate: 'tsnet.bandwidth.egress',
} as const;

/** What `--egress` stands for. */
export const EGRESS_OPTION = names.mayCall;

/** What `--internal` stands for; Docker tells its drivers so. */
export const INTERNAL = names.isInternal;

/** The options that tsnet acts on. `mtu` in bytes. */
export interface NetworkOptions extends Seclusion {
  readonly bridgeName: string | undefined;
  readonly isMasqueraded: boolean;
  readonly mtu: number | undefined;
  /** Although masqueraded, its sandboxes may be called by whoever routes their addresses by this host. */
  readonly isRoutable: boolean;
  /** Frames of its endpoints have their own addresses as sources. */
  readonly isAntiSpoof: boolean;
  /** What its endpoints may call; undefined: everything. */
  readonly mayCall: Egress | undefined;
  /** Of what each endpoint receives. */
  readonly ingress: RateLimit | undefined;
  /** Of what each endpoint sends. */
  readonly egress: RateLimit | undefined;
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

function pace(name: string, value: string | undefined): RateLimit | undefined {
  return value === undefined ? undefined : readRate(`option ${name}`, value);
}

function ifname(value: string | undefined): string | undefined {
  if (value === undefined || isLinkName(value)) return value;
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
  const mayCall = options[names.mayCall];
  const flag = (name: string, standard: boolean): boolean => bool(name, options[name], standard);
  const isInternal = flag(names.isInternal, false);
  const isMasqueraded = flag(names.isMasqueraded, !isInternal);
  if (isInternal && isMasqueraded)
    throw new TsnetError(
      'TSNET_CONFIG',
      `option ${names.isMasqueraded} "true": contradicts an internal network`,
    );
  if (isInternal && mayCall === 'internet')
    throw new TsnetError(
      'TSNET_CONFIG',
      `option ${names.mayCall} "${mayCall}": contradicts an internal network`,
    );
  return {
    bridgeName: ifname(options[names.bridgeName]),
    isMasqueraded,
    mtu: mtu(options[names.mtu]),
    isRoutable: bool(names.isRoutable, options[names.isRoutable], false),
    hasIcc: flag(names.hasIcc, true),
    isInternal,
    isIsolated: flag(names.isIsolated, true),
    isAntiSpoof: flag(names.isAntiSpoof, true),
    mayCall: mayCall === undefined ? undefined : parseEgress(`option ${names.mayCall}`, mayCall),
    ingress: pace(names.ingressRate, options[names.ingressRate]),
    egress: pace(names.egressRate, options[names.egressRate]),
  };
}

/** All options of a network with the values in force, under Docker's names. */
export function optionsInForce(
  bridge: string,
  options: Readonly<Record<string, string>>,
): Record<string, string> {
  const inForce = readOptions(options);
  const flags = (['isMasqueraded', 'hasIcc', 'isIsolated', 'isAntiSpoof'] as const).map(
    (key) => [names[key], String(inForce[key])] as const,
  );
  const all = { [names.bridgeName]: bridge, ...Object.fromEntries(flags), ...options };
  // That one is told of in a place of its own.
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== names.isInternal));
}
