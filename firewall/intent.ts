// What an endpoint wants of the firewall, and the elements that this makes.
import type { Cidr, Ip } from '../address/index.ts';
import type { Element, SetSpec } from '../netlink/netfilter/set.ts';
import { protocols } from '../state/port.ts';
import type { PublishedPort } from '../state/port.ts';
import { gather } from './layout.ts';
import type { SetElements } from './layout.ts';
import { sets } from './sets.ts';

/** What one endpoint wants: to be known behind its bridge, to be masqueraded, to have ports published. */
export interface Intent {
  readonly owner: string;
  readonly bridge: string;
  readonly addresses: readonly Ip[];
  readonly isMasqueraded: boolean;
  /** Where a masqueraded address goes to as it is; no block lies in another. */
  readonly direct: readonly Cidr[];
  readonly ports: readonly PublishedPort[];
}

type Pair = [SetSpec, Element];

function addressElements({ owner, bridge, addresses, isMasqueraded, direct }: Intent): Pair[] {
  return addresses.flatMap((ip): Pair[] => {
    const { endpoints, masquerade, direct: set } = sets[ip.family];
    const known: Pair = [endpoints, { key: [ip, bridge], owner }];
    if (!isMasqueraded) return [known];
    const exceptions = direct
      .filter(({ family }) => family === ip.family)
      .map(({ first, last }): Pair => [set, { key: [ip, first], keyEnd: [ip, last], owner }]);
    return [known, [masquerade, { key: [ip], owner }], ...exceptions];
  });
}

function portElement(owner: string, port: PublishedPort): Pair {
  const { hostIp, containerIp, containerPort } = port;
  const { ports, anyPorts } = sets[hostIp.family];
  const service = [protocols[port.protocol], port.hostPort];
  const data = [containerIp, containerPort];
  return hostIp.isUnspecified
    ? [anyPorts, { key: service, data, owner }]
    : [ports, { key: [hostIp, ...service], data, owner }];
}

/** The elements of these intents, gathered by set. */
export function elementsOf(intents: readonly Intent[]): SetElements[] {
  return gather(
    intents.flatMap((intent) => [
      ...addressElements(intent),
      ...intent.ports.map((port) => portElement(intent.owner, port)),
    ]),
  );
}
