// The keys of the `bridge` plugin, as the reference plugin has them.
import {
  boolean,
  checked,
  CniError,
  cniCodes,
  integer,
  networkConfig,
  text,
  withDefault,
} from '../../cni/index.ts';
import type { NetworkConfig, Output } from '../../cni/index.ts';
import type { BridgeSpec } from '../../cnm/request.ts';

const interfaceName = checked(text, (name, report) => {
  if (!/^[^\s/:]{1,15}$/.test(name))
    report([], 'an interface name has 1 to 15 characters, none of them white space, "/" or ":"');
  if (name === '.' || name === '..') report([], 'no interface name');
});

export const bridgeConfig = checked(
  networkConfig({
    bridge: withDefault('cni0', interfaceName),
    isGateway: withDefault(false, boolean),
    isDefaultGateway: withDefault(false, boolean),
    forceAddress: withDefault(false, boolean),
    hairpinMode: withDefault(false, boolean),
    promiscMode: withDefault(false, boolean),
    mtu: withDefault(0, integer(0, 65535)),
  }),
  ({ hairpinMode, promiscMode }, report) => {
    if (hairpinMode && promiscMode)
      report([], 'cannot set hairpin mode and promiscuous mode at the same time');
  },
);

/** Keys of the reference plugin that tsnet does not act on; saying nothing would leave a network wider than stated. */
const unsupported = [
  'vlan',
  'vlanTrunk',
  'macspoofchk',
  'portIsolation',
  'disableContainerInterface',
  'enabledad',
];

/** Throws CniError 2 for a key whose effect the caller would miss. */
export function refuseUnsupported(rawConfig: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(rawConfig)) {
    const isSet = Array.isArray(value) ? value.length > 0 : Boolean(value);
    if (isSet && unsupported.some((name) => name.toLowerCase() === key.toLowerCase())) {
      throw new CniError(
        cniCodes.unsupportedField,
        `${key} ${JSON.stringify(value)}: not supported by tsnet bridge, leave it out`,
      );
    }
  }
}

export type BridgeConfig = Output<typeof bridgeConfig>;

/** The bridge that a configuration describes. */
export function bridgeSpec(config: BridgeConfig & NetworkConfig): BridgeSpec {
  return {
    name: config.bridge,
    isGateway: config.isGateway || config.isDefaultGateway,
    isDefaultGateway: config.isDefaultGateway,
    forceAddress: config.forceAddress,
    isMasqueraded: config.ipMasq ?? false,
    // As with the reference, that is the firewall plugin's to do.
    isLetThrough: false,
    isHairpin: config.hairpinMode,
    isPromiscuous: config.promiscMode,
    mtu: config.mtu === 0 ? undefined : config.mtu,
  };
}
