// The options of a network, under the names that Docker gave them, or under tsnet's own.
import type { Family, Ip } from '../address/index.ts';
import { didYouMean } from '../errors/nearest.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { parseEgress } from './egress-text.ts';
import {
  readAddress,
  readBoolean,
  readGatewayMode,
  readLinkName,
  readLinkPrefix,
  readMtu,
  readPace,
  readSource,
} from './option-values.ts';
import type { GatewayMode } from './option-values.ts';
import type { Egress, RateLimit, Seclusion } from './request.ts';

const names = {
  bridgeName: 'com.docker.network.bridge.name',
  isMasqueraded: 'com.docker.network.bridge.enable_ip_masquerade',
  gatewayMode4: 'com.docker.network.bridge.gateway_mode_ipv4',
  gatewayMode6: 'com.docker.network.bridge.gateway_mode_ipv6',
  isInhibited: 'com.docker.network.bridge.inhibit_ipv4',
  hostBinding: 'com.docker.network.bridge.host_binding_ipv4',
  hostIpv4: 'com.docker.network.host_ipv4',
  hostIpv6: 'com.docker.network.host_ipv6',
  ifnamePrefix: 'com.docker.network.container_iface_prefix',
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

/** The keys of what `readOptions` tells. */
export type OptionKey = keyof typeof names;

/** Options of Docker's that mean nothing here, with what does instead. */
const meaningless: Readonly<Record<string, string>> = {
  'com.docker.network.enable_ipv4': 'every network has IPv4',
  'com.docker.network.enable_ipv6': 'use --ipv6 or an IPv6 --subnet',
  'com.docker.network.bridge.default_bridge': 'the network "bridge" is the default one',
  'com.docker.network.bridge.trusted_host_interfaces':
    'tsnet.direct_routing=true lets everybody call members by their own addresses',
  'com.docker.network.advertise_addr_nmsgs': 'an address has the same link-layer address whoever gets it',
  'com.docker.network.advertise_addr_ms': 'an address has the same link-layer address whoever gets it',
};

/** What `--egress` stands for. */
export const EGRESS_OPTION = names.mayCall;

/** What `--internal` stands for; Docker tells its drivers so. */
export const INTERNAL = names.isInternal;

/** What `--mtu` stands for. */
export const MTU_OPTION = names.mtu;

/** The options that tsnet acts on. `mtu` in bytes. */
export interface NetworkOptions extends Seclusion {
  readonly bridgeName: string | undefined;
  readonly isMasqueraded: boolean;
  readonly gatewayMode: Readonly<Record<Family, GatewayMode>>;
  /** The bridge does not get the IPv4 gateway's address: it is somebody else's. */
  readonly isInhibited: boolean;
  /** Where ports are published that name no address; undefined: on every address of the host. */
  readonly hostBinding: Ip | undefined;
  /** What leaves carries these, at most one of each family, in place of the address of the interface it leaves by. */
  readonly sources: readonly Ip[];
  /** What interfaces in sandboxes are called before their number. */
  readonly ifnamePrefix: string;
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

type Given = Readonly<Record<string, string>>;

/** Reads the options of a network. Throws TSNET_CONFIG for one that is not known or has a wrong value. */
export function readOptions(options: Given): NetworkOptions {
  for (const name of Object.keys(options)) assertKnown(name);
  const given = (key: OptionKey): [string, string | undefined] => [names[key], options[names[key]]];
  const flag = (key: OptionKey, standard: boolean): boolean => readBoolean(...given(key), standard);
  const mayCall = options[names.mayCall];
  const isInternal = flag('isInternal', false);
  const binding = readAddress(...given('hostBinding'));
  const sources = [readSource(...given('hostIpv4'), 4), readSource(...given('hostIpv6'), 6)];
  const read: NetworkOptions = {
    bridgeName: readLinkName(...given('bridgeName')),
    isMasqueraded: flag('isMasqueraded', !isInternal),
    gatewayMode: {
      4: readGatewayMode(...given('gatewayMode4')),
      6: readGatewayMode(...given('gatewayMode6')),
    },
    isInhibited: flag('isInhibited', false),
    // 0.0.0.0 is every address, of IPv6, too.
    hostBinding: binding?.family === 4 && binding.isUnspecified ? undefined : binding,
    sources: sources.filter((ip) => ip !== undefined),
    ifnamePrefix: readLinkPrefix(...given('ifnamePrefix')),
    mtu: readMtu(...given('mtu')),
    isRoutable: flag('isRoutable', false),
    hasIcc: flag('hasIcc', true),
    isInternal,
    isIsolated: flag('isIsolated', true),
    isAntiSpoof: flag('isAntiSpoof', true),
    mayCall: mayCall === undefined ? undefined : parseEgress(`option ${names.mayCall}`, mayCall),
    ingress: readPace(...given('ingressRate')),
    egress: readPace(...given('egressRate')),
  };
  refuseContradictions(read, options);
  return read;
}

/** Throws TSNET_CONFIG for an option that is not known, with the one that was probably meant. */
export function assertKnown(name: string): void {
  const known: readonly string[] = Object.values(names);
  if (known.includes(name)) return;
  const instead = Object.hasOwn(meaningless, name) ? meaningless[name] : undefined;
  if (instead !== undefined)
    throw new TsnetError('TSNET_CONFIG', `option ${name}: means nothing here: ${instead}`);
  const hint = didYouMean(name, known) || `; known are ${known.join(', ')}`;
  throw new TsnetError('TSNET_CONFIG', `option ${name}: not known${hint}`);
}

function refuseContradictions(read: NetworkOptions, options: Given): void {
  const contradiction = (key: OptionKey, what: string): TsnetError =>
    new TsnetError(
      'TSNET_CONFIG',
      `option ${names[key]} "${options[names[key]] ?? ''}": contradicts ${what}`,
    );
  const { isInternal, isMasqueraded, mayCall, sources } = read;
  if (isInternal && isMasqueraded) throw contradiction('isMasqueraded', 'an internal network');
  if (isInternal && mayCall === 'internet') throw contradiction('mayCall', 'an internal network');
  for (const family of [4, 6] as const) {
    const mode = read.gatewayMode[family];
    const key = `gatewayMode${family}` as const;
    if (isInternal && mode === 'routed') throw contradiction(key, 'an internal network');
    if (!isInternal && mode === 'isolated')
      throw contradiction(key, 'a network with a way out: it goes with --internal alone');
    if (sources.some((ip) => ip.family === family) && (mode !== 'nat' || !isMasqueraded))
      throw contradiction(`hostIpv${family}`, 'a network that is not masqueraded');
  }
}

/** The keys of the options that are given in one and not in the other, or otherwise. */
export function changedOptions(before: Given, after: Given): OptionKey[] {
  const keys = Object.keys(names) as OptionKey[];
  return keys.filter((key) => before[names[key]] !== after[names[key]]);
}

/** The name of an option. */
export function optionName(key: OptionKey): string {
  return names[key];
}

/** All options of a network with the values in force, under Docker's names. */
export function optionsInForce(bridge: string, options: Given): Record<string, string> {
  const inForce = readOptions(options);
  const flags = (['isMasqueraded', 'hasIcc', 'isIsolated', 'isAntiSpoof'] as const).map(
    (key) => [names[key], String(inForce[key])] as const,
  );
  const all = { [names.bridgeName]: bridge, ...Object.fromEntries(flags), ...options };
  // That one is told of in a place of its own.
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== names.isInternal));
}
