// What an endpoint wants of the firewall, and the elements that this makes.
import type { Cidr, Family, Ip } from '../address/index.ts';
import type { Element, SetSpec } from '../netlink/netfilter/set.ts';
import { protocols } from '../state/port.ts';
import type { PublishedPort } from '../state/port.ts';
import { egressElements } from './egress.ts';
import type { EgressIntent } from './egress.ts';
import { gather } from './layout.ts';
import type { SetElements } from './layout.ts';
import { rangeKeys, usual } from './publishing.ts';
import type { Publishing, RangeKey } from './publishing.ts';
import { sets } from './sets.ts';

/** What one endpoint wants: to be known behind its bridge, to be masqueraded and concealed, to have ports published. */
export interface Intent {
  readonly owner: string;
  readonly bridge: string;
  /** The bridge that its frames pass, where `bridge` is the gateway of a VLAN in it: br_netfilter shows them there. */
  readonly plug?: string | undefined;
  readonly addresses: readonly Ip[];
  readonly isMasqueraded: boolean;
  /** Where a masqueraded address goes to as it is; no block lies in another. */
  readonly direct: readonly Cidr[];
  /** What a masqueraded address becomes, of its family, in place of the address of the interface it leaves by. */
  readonly sources?: readonly Ip[] | undefined;
  /** The families in which nobody outside calls its addresses but on published ports; left out, none. */
  readonly closed?: readonly Family[] | undefined;
  /** Set when nobody outside may call its addresses by routing them, but for these; no block lies in another. */
  readonly callers?: readonly Cidr[] | undefined;
  readonly ports: readonly PublishedPort[];
  /** How the ports are published, where it is not as usual. */
  readonly publishing?: Publishing | undefined;
  /** What it may call; left out, everything. */
  readonly egress?: EgressIntent | undefined;
}

type Pair = [SetSpec, Element];

/** For each block an element that goes from an address to all of the block. */
function blockElements(set: SetSpec, ip: Ip, blocks: readonly Cidr[], owner: string): Pair[] {
  return blocks
    .filter(({ family }) => family === ip.family)
    .map(({ first, last }): Pair => [set, { key: [ip, first], keyEnd: [ip, last], owner }]);
}

function addressElements({ addresses, ...intent }: Intent): Pair[] {
  const { owner, bridge, plug = bridge, isMasqueraded, direct, sources = [], callers } = intent;
  const devices = [...new Set([bridge, plug])];
  return addresses.flatMap((ip): Pair[] => {
    const of = sets[ip.family];
    const known = devices.map((device): Pair => [of.endpoints, { key: [ip, device], owner }]);
    const masqueraded: Pair[] = [
      [of.masquerade, { key: [ip], owner }],
      ...blockElements(of.direct, ip, direct, owner),
      ...sources
        .filter(({ family }) => family === ip.family)
        .map((source): Pair => [of.sources, { key: [ip], data: [source], owner }]),
    ];
    const concealed: Pair[] = [
      [of.concealed, { key: [ip], owner }],
      ...blockElements(of.callers, ip, callers ?? [], owner),
    ];
    return [...known, ...(isMasqueraded ? masqueraded : []), ...(callers === undefined ? [] : concealed)];
  });
}

function portElements(owner: string, port: PublishedPort, { conditions }: Publishing): Pair[] {
  const { hostIp, containerIp, containerPort } = port;
  const { ports, anyPorts, conditionalPorts, interfacePorts, exceptions } = sets[hostIp.family];
  const service = [protocols[port.protocol], port.hostPort];
  const data = [containerIp, containerPort];
  const condition = conditions[hostIp.family];
  if (condition !== undefined) {
    const { meant, except } = rangeKeys(condition, hostIp);
    const isByInterface = condition.iifname?.isNegated === false;
    const element = ({ key, keyEnd }: RangeKey): Element => ({
      key: [...key, ...service],
      keyEnd: [...keyEnd, ...service],
      owner,
    });
    return [
      ...meant.map((range): [SetSpec, Element] => [
        isByInterface ? interfacePorts : conditionalPorts,
        { ...element(range), data },
      ]),
      ...except.map((range): [SetSpec, Element] => [exceptions, element(range)]),
    ];
  }
  return hostIp.isUnspecified
    ? [[anyPorts, { key: service, data, owner }]]
    : [[ports, { key: [hostIp, ...service], data, owner }]];
}

// Several ports of the host may lead to the same of the container, which is one element.
function clientElements({ owner, ports, publishing = usual }: Intent): [SetSpec, Element][] {
  if (publishing.masquerade === 'needed') return [];
  const name = publishing.masquerade === 'always' ? 'hidden' : 'visible';
  const elements = new Map<string, [SetSpec, Element]>();
  for (const { protocol, containerIp, containerPort } of ports) {
    const key = [containerIp, protocols[protocol], containerPort];
    elements.set(key.join(), [sets[containerIp.family][name], { key, owner }]);
  }
  return [...elements.values()];
}

// Several ports of the host may lead to the same of the container here, too.
function closedElements({ owner, addresses, ports, closed = [] }: Intent): Pair[] {
  const shut = addresses.filter(({ family }) => closed.includes(family));
  const opened = new Map<string, Pair>();
  for (const { protocol, containerIp, containerPort } of ports) {
    if (!closed.includes(containerIp.family)) continue;
    const key = [containerIp, protocols[protocol], containerPort];
    opened.set(key.join(), [sets[containerIp.family].opened, { key, owner }]);
  }
  return [...shut.map((ip): Pair => [sets[ip.family].closed, { key: [ip], owner }]), ...opened.values()];
}

/** The elements of these intents, gathered by set. */
export function elementsOf(intents: readonly Intent[]): SetElements[] {
  return gather(
    intents.flatMap((intent) => [
      ...addressElements(intent),
      ...closedElements(intent),
      ...intent.ports.flatMap((port) => portElements(intent.owner, port, intent.publishing ?? usual)),
      ...clientElements(intent),
      ...(intent.egress === undefined
        ? []
        : egressElements(intent.egress, intent.addresses, intent.bridge, intent.owner)),
    ]),
  );
}
