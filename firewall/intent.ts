// What an endpoint wants of the firewall, and the elements that this makes.
import type { Ip } from '../address/index.ts';
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
  readonly ports: readonly PublishedPort[];
}

function addressElements({ owner, bridge, addresses, isMasqueraded }: Intent): [SetSpec, Element][] {
  return addresses.flatMap((ip) => {
    const { endpoints, masquerade } = sets[ip.family];
    const known: [SetSpec, Element] = [endpoints, { key: [ip, bridge], owner }];
    return isMasqueraded ? [known, [masquerade, { key: [ip], owner }]] : [known];
  });
}

function portElement(owner: string, port: PublishedPort): [SetSpec, Element] {
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
