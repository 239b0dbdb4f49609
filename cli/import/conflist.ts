// CNI network configurations: lists of plugins, and plugins alone (CNI spec 1.1.0, section 1).
import {
  boolean,
  cidrText,
  goObject,
  integer,
  list,
  optional,
  required,
  text,
  textMap,
  unknown,
  withDefault,
} from '../../cni/index.ts';
import type { Output } from '../../cni/index.ts';
import { validate } from '../../cni/validate.ts';
import { EGRESS_OPTION, INTERNAL, MTU_OPTION, optionName } from '../../cnm/network-options.ts';
import type { SubnetSpec } from '../../cnm/network-subnets.ts';
import { chainedOptions } from './chained.ts';
import { conflistSubnets, ipamReader, remarkIpam } from './conflist-ipam.ts';
import { assertIpv4, remarkUnknown, untakeable } from './translation.ts';
import type { Dialect, Translation } from './translation.ts';

const anyPlugin = goObject({ type: required(text) });

const listOfPlugins = goObject({
  name: required(text),
  plugins: required(list(anyPlugin)),
  // podman and nerdctl keep the labels of a network so.
  args: optional(goObject({ podman_labels: optional(textMap) })),
  nerdctlLabels: optional(textMap),
});

const entry = goObject({ cidr: required(cidrText), ports: withDefault([], list(text)) });

const shape = {
  type: required(text),
  bridge: withDefault('cni0', text),
  isGateway: withDefault(false, boolean),
  isDefaultGateway: withDefault(false, boolean),
  ipMasq: withDefault(false, boolean),
  mtu: withDefault(0, integer(0, 65535)),
  vlan: withDefault(0, integer(0, 4094)),
  vlanTrunk: withDefault([], list(unknown)),
  ipam: optional(ipamReader),
  portIsolation: withDefault(false, boolean),
  icc: withDefault(true, boolean),
  isolation: optional(boolean),
  antiSpoof: optional(boolean),
  internal: withDefault(false, boolean),
  directRouting: withDefault(false, boolean),
  egress: optional(unknown),
  dns: optional(goObject({})),
};

const bridgePlugin = goObject(shape);

type BridgePlugin = Output<typeof bridgePlugin>;

/** Of `hairpinMode` and the like, tsnet's networks do without by themselves. */
const known: ReadonlySet<string> = new Set([
  ...Object.keys(shape),
  ...['cniVersion', 'name', 'capabilities', 'disableCheck', 'args', 'ipMasqBackend', 'plugins'],
  ...['hairpinMode', 'forceAddress', 'macspoofchk', 'nerdctlID', 'nerdctlLabels'],
]);

function assertTakeable({ vlan, vlanTrunk, isGateway, isDefaultGateway }: BridgePlugin): void {
  if (vlan > 0 || vlanTrunk.length > 0) throw untakeable('vlan: networks of tsnet have none');
  if (!isGateway && !isDefaultGateway)
    throw untakeable('isGateway is not set: networks of tsnet have the host as their gateway');
}

function egressText(value: unknown): string {
  if (typeof value === 'string') return value;
  return validate(list(entry), value, 'egress')
    .flatMap(({ cidr, ports }) =>
      ports.length === 0 ? [cidr.toString()] : ports.map((port) => `${cidr.toString()}:${port}`),
    )
    .join(',');
}

function toOptions(from: BridgePlugin): Record<string, string> {
  const said: [string, string | undefined][] = [
    [optionName('bridgeName'), from.bridge],
    [MTU_OPTION, from.mtu === 0 ? undefined : String(from.mtu)],
    [optionName('isMasqueraded'), from.ipMasq ? undefined : 'false'],
    [optionName('hasIcc'), from.icc && !from.portIsolation ? undefined : 'false'],
    [optionName('isIsolated'), from.isolation?.toString()],
    [optionName('isAntiSpoof'), from.antiSpoof?.toString()],
    [optionName('isRoutable'), from.directRouting ? 'true' : undefined],
    [EGRESS_OPTION, from.egress === undefined ? undefined : egressText(from.egress)],
    [INTERNAL, from.internal ? 'true' : undefined],
  ];
  return Object.fromEntries(said.filter((one): one is [string, string] => one[1] !== undefined));
}

function hasDefaultRoute({ isDefaultGateway, ipam }: BridgePlugin): boolean {
  return isDefaultGateway || (ipam?.routes ?? []).some(({ dst }) => /\/0$/.test(dst));
}

function subnetsOf(from: BridgePlugin, remarks: string[]): SubnetSpec[] {
  const subnets = conflistSubnets(from.ipam, remarks);
  assertIpv4(subnets);
  remarkIpam(from.ipam, remarks);
  if (!from.internal && !hasDefaultRoute(from)) remarks.push('taken with a default route, which it has not');
  if (Object.keys(from.dns ?? {}).length > 0) remarks.push('taken without key dns: say --dns for a sandbox');
  return subnets;
}

function translate(definition: unknown): Translation {
  const { name, plugins, args, nerdctlLabels } = validate(listOfPlugins, definition);
  const [first, ...chained] = plugins;
  if (first === undefined) throw untakeable('plugins: has none');
  if (first.type !== 'bridge')
    throw untakeable(`plugin ${first.type}: networks of tsnet are what plugin bridge makes`);
  const from = validate(bridgePlugin, first, 'plugins[0]');
  assertTakeable(from);
  const remarks: string[] = [];
  const subnets = subnetsOf(from, remarks);
  remarkUnknown(from, known, remarks);
  const options = { ...toOptions(from), ...chainedOptions(chained, remarks) };
  const labels = { ...args?.podman_labels, ...nerdctlLabels };
  const hasIpv6 = subnets.some(({ cidr }) => cidr.family === 6);
  return { spec: { name, subnets, hasIpv6, options, labels }, remarks };
}

// A plugin alone is a list of one.
function split(json: unknown): unknown[] {
  if (typeof json !== 'object' || json === null || 'plugins' in json) return [json];
  return [{ ...json, plugins: [json] }];
}

/** What a CNI runtime reads. */
export const conflist: Dialect = {
  folder: '/etc/cni/net.d',
  endings: ['.conflist', '.conf', '.json'],
  split,
  translate,
};
