// Networks that are made after somebody else's definitions, each one as a whole or not at all.
import { TsnetError } from '../errors/tsnet-error.ts';
import { listAddresses } from '../netlink/route/address.ts';
import { listLinks } from '../netlink/route/link.ts';
import { listNetworks } from '../state/network.ts';
import type { Network } from '../state/network.ts';
import type { Host } from './host.ts';
import { createNetwork, draftNetwork } from './network.ts';
import type { NetworkSpec } from './network.ts';
import { optionName } from './network-options.ts';
import { hasNetworks, withNetworks } from './network-store.ts';
import { completeSubnets } from './network-subnets.ts';
import type { SubnetSpec } from './network-subnets.ts';

const bridgeOption = optionName('bridgeName');

/** What became of a definition: `spec` is what was made, but for the remarks on it, one line each. */
export interface Arrival {
  /** Otherwise the same network was there. */
  readonly isNew: boolean;
  readonly spec: NetworkSpec;
  readonly remarks: readonly string[];
}

/** The networks that are defined, without defining any. */
export function definedNetworks(host: Host): Network[] {
  return hasNetworks(host) ? withNetworks(host, listNetworks) : [];
}

/**
 * Makes a network, or when `isDry` tells only what would be made, and adds it to `known`: the networks that there are. The name
 * of its bridge is kept where it is free. Throws as `createNetwork` does, and TSNET_EXISTS where a network of that name is
 * defined otherwise.
 */
export function importNetwork(host: Host, asked: NetworkSpec, known: Network[], isDry: boolean): Arrival {
  const same = known.find(({ name }) => name === asked.name);
  if (same !== undefined) {
    if (isSame(same, asked)) return { isNew: false, spec: asked, remarks: [] };
    throw new TsnetError(
      'TSNET_EXISTS',
      `a network of that name is there with another definition (tsnet network inspect ${asked.name})`,
    );
  }
  const { spec, remarks } = withFreeBridge(host, asked, known);
  known.push(isDry ? draftNetwork(host, spec, known) : createNetwork(host, spec));
  return { isNew: true, spec, remarks: [...remarks, ...inTheWay(host, spec, known)] };
}

function isSame(network: Network, asked: NetworkSpec): boolean {
  const [has, wants] = [network.options[bridgeOption], asked.options[bridgeOption]];
  // A name that was not free when it was made is not missed.
  if (has !== undefined && has !== wants) return false;
  const isAutomatic = asked.hasIpv6 && asked.subnets.every(({ cidr }) => cidr.family === 4);
  const subnets = network.subnets.filter(({ cidr }) => !isAutomatic || cidr.family === 4);
  return essence(network, subnets) === essence(asked, completeSubnets(asked.subnets));
}

function essence(
  { options, labels }: Pick<NetworkSpec, 'options' | 'labels'>,
  subnets: readonly SubnetSpec[],
): string {
  const sorted = (record: Readonly<Record<string, unknown>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = subnets.map(({ cidr, gateway, range, reserved = {} }) =>
    JSON.stringify([cidr, gateway, range ?? cidr, sorted(reserved)]),
  );
  return JSON.stringify([sorted({ ...options, [bridgeOption]: '' }), sorted(labels), texts.sort()]);
}

function withFreeBridge(
  host: Host,
  spec: NetworkSpec,
  known: readonly Network[],
): Pick<Arrival, 'spec' | 'remarks'> {
  const name = spec.options[bridgeOption];
  const isTaken =
    known.some(({ bridge }) => bridge === name) ||
    listLinks(host.route).some(({ ifname }) => ifname === name);
  if (name === undefined || !isTaken) return { spec, remarks: [] };
  const options = Object.fromEntries(Object.entries(spec.options).filter(([key]) => key !== bridgeOption));
  return {
    spec: { ...spec, options },
    remarks: [`taken without the bridge name ${name}: an interface or a network has it`],
  };
}

/** What the host has in the network's subnets, by interfaces that are not ours: most often the one it is taken over from. */
function inTheWay(host: Host, { subnets }: NetworkSpec, known: readonly Network[]): string[] {
  const names = new Map(listLinks(host.route).map(({ index, ifname }) => [index, ifname]));
  return listAddresses(host.route).flatMap(({ index, address }) => {
    const name = names.get(index) ?? '';
    const met = subnets.find(({ cidr }) => cidr.overlaps(address.network));
    if (met === undefined || known.some(({ bridge }) => bridge === name)) return [];
    const why = `interface ${name} has ${address.toString()}: take it away before a sandbox joins`;
    return [`subnet ${met.cidr.toString()} is in use, ${why}`];
  });
}
