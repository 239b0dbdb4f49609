// The keys of the `bridge` plugin, as the reference plugin has them.
import {
  boolean,
  checked,
  cidrText,
  integer,
  list,
  networkConfig,
  optional,
  text,
  withDefault,
} from '../../cni/index.ts';
import type { NetworkConfig, Output, Report } from '../../cni/index.ts';
import { wallsOf } from '../../cnm/request.ts';
import type { BridgeSpec, GuardLevel, InsideSpec, PortSpec } from '../../cnm/request.ts';
import { egress } from '../egress.ts';
import { interfaceName } from '../interface-name.ts';
import { vlanId, vlanSpec, vlanTrunk } from './vlans.ts';

const MAX_NAME = 15;

const keys = networkConfig({
  bridge: withDefault('cni0', interfaceName),
  isGateway: withDefault(false, boolean),
  isDefaultGateway: withDefault(false, boolean),
  forceAddress: withDefault(false, boolean),
  hairpinMode: withDefault(false, boolean),
  promiscMode: withDefault(false, boolean),
  mtu: withDefault(0, integer(0, 65535)),
  vlan: withDefault(0, vlanId),
  vlanTrunk: withDefault([], vlanTrunk),
  preserveDefaultVlan: withDefault(false, boolean),
  macspoofchk: withDefault(false, boolean),
  portIsolation: optional(boolean),
  icc: withDefault(true, boolean),
  isolation: withDefault(false, boolean),
  antiSpoof: withDefault(false, boolean),
  internal: withDefault(false, boolean),
  enabledad: withDefault(false, boolean),
  disableContainerInterface: withDefault(false, boolean),
  nonMasqueradeCIDRs: withDefault([], list(cidrText)),
  /** tsnet's own, as the next. */
  directRouting: withDefault(false, boolean),
  egress: optional(egress),
  /** Which packet filter the reference would use; tsnet always has its own nftables table. */
  ipMasqBackend: optional(text),
});

export type BridgeConfig = Output<typeof keys>;

function checkTogether(config: BridgeConfig, report: Report): void {
  const { bridge, vlan, isGateway, isDefaultGateway, ipam } = config;
  if (config.hairpinMode && config.promiscMode)
    report([], 'cannot set hairpin mode and promiscuous mode at the same time');
  const hasIpam = ipam?.type !== undefined;
  if (config.disableContainerInterface && hasIpam)
    report([], 'cannot use IPAM when DisableContainerInterface flag is set');
  if (!config.icc && config.portIsolation === false)
    report(
      ['portIsolation'],
      'portIsolation false contradicts icc false, which isolates the ports: leave it out',
    );
  const gateway = `${bridge}.${vlan}`;
  if (vlan > 0 && (isGateway || isDefaultGateway) && hasIpam && gateway.length > MAX_NAME)
    report(['bridge'], `the name of the VLAN's gateway, "${gateway}", has more than ${MAX_NAME} characters`);
}

// The host can refuse what it routes, and nothing else.
function checkRouted(config: BridgeConfig, report: Report): void {
  if (config.egress === undefined) return;
  const { isGateway, isDefaultGateway, vlanTrunk: trunk, preserveDefaultVlan, vlan, ipam } = config;
  if (ipam?.type === undefined) report(['egress'], 'needs addresses: give ipam a type, such as "tsnet"');
  if (!isGateway && !isDefaultGateway)
    report(['egress'], 'needs isGateway: otherwise what the container sends does not pass the host');
  if (trunk.length > 0) report(['egress'], 'cannot be kept with vlanTrunk: other VLANs have other gateways');
  if (preserveDefaultVlan && vlan > 0)
    report(['egress'], 'cannot be kept with preserveDefaultVlan: another VLAN has another gateway');
}

export const bridgeConfig = checked(keys, (config, report) => {
  checkTogether(config, report);
  checkRouted(config, report);
});

/** The bridge that a configuration describes. */
export function bridgeSpec(config: BridgeConfig & NetworkConfig): BridgeSpec {
  return {
    name: config.bridge,
    isGateway: config.isGateway || config.isDefaultGateway,
    isDefaultGateway: config.isDefaultGateway,
    forceAddress: config.forceAddress,
    isMasqueraded: config.ipMasq ?? false,
    nonMasqueraded: config.nonMasqueradeCIDRs,
    isRoutable: config.directRouting,
    // As with the reference, that is the firewall plugin's to do.
    isLetThrough: false,
    walls: wallsOf({ hasIcc: config.icc, isIsolated: config.isolation, isInternal: config.internal }),
    isHairpin: config.hairpinMode,
    isPromiscuous: config.promiscMode,
    mtu: config.mtu === 0 ? undefined : config.mtu,
  };
}

function guardLevel({ antiSpoof, macspoofchk }: BridgeConfig): GuardLevel | undefined {
  if (antiSpoof) return 'addresses';
  return macspoofchk ? 'mac' : undefined;
}

/** The endpoint's port of the bridge. */
export function portSpec(config: BridgeConfig): PortSpec {
  return {
    isIsolated: config.portIsolation ?? false,
    guard: guardLevel(config),
    vlans: vlanSpec(config.vlan, config.vlanTrunk, config.preserveDefaultVlan),
  };
}

/** The container's end of the pair. */
export function insideSpec(config: BridgeConfig): InsideSpec {
  return { isLeftDown: config.disableContainerInterface, detectsDuplicates: config.enabledad };
}
