// UDP has no beginning and no end: as long as a client goes on sending, the kernel keeps sending to where it sent the
// first datagram. So whoever publishes a port, or withdraws one, makes it forget the flows that go elsewhere.
import type { Ip } from '../address/index.ts';
import { isTsnetError } from '../errors/tsnet-error.ts';
import { log } from '../log/log.ts';
import { forgetConnection, listConnections } from '../netlink/netfilter/conntrack.ts';
import type { Tracked } from '../netlink/netfilter/conntrack.ts';
import { listAddresses } from '../netlink/route/address.ts';
import { protocols } from '../state/port.ts';
import type { PublishedPort } from '../state/port.ts';
import type { Host } from './host.ts';

/** From so many ports on, the table is read once for all instead of once for each. */
const MANY = 16;

/** Forgets the flows to these ports that do not lead to their containers: call it when the ports are published. */
export function redirectFlows(host: Host, ports: readonly PublishedPort[]): void {
  const udp = ports.filter(({ protocol }) => protocol === 'udp');
  if (udp.length === 0) return;
  const local = listAddresses(host.route).map(({ address }) => address.ip);
  // A flow that only passes through this host to the same port of another is not meant.
  const isHere = (ip: Ip): boolean => ip.isLoopback || local.some((one) => one.equals(ip));
  forget(host, udp, (flow, port) => {
    const { hostIp } = port;
    const isMeant = hostIp.isUnspecified ? isHere(flow.destination.ip) : flow.destination.ip.equals(hostIp);
    return isMeant && !leadsTo(flow, port);
  });
}

/** Forgets the flows to these ports that lead to their containers: call it when the ports are withdrawn. */
export function endFlows(host: Host, ports: readonly PublishedPort[]): void {
  forget(
    host,
    ports.filter(({ protocol }) => protocol === 'udp'),
    leadsTo,
  );
}

function leadsTo({ answerer }: Tracked, { containerIp, containerPort }: PublishedPort): boolean {
  return answerer.port === containerPort && answerer.ip.equals(containerIp);
}

// A port works without this, too, for all who were silent for a while: it is no reason to refuse.
function forget(
  host: Host,
  ports: readonly PublishedPort[],
  isMeant: (flow: Tracked, port: PublishedPort) => boolean,
): void {
  try {
    for (const family of [4, 6] as const) {
      const own = ports.filter(({ hostIp }) => hostIp.family === family);
      const list = (port?: number): Tracked[] => listConnections(host.netfilter, family, protocols.udp, port);
      const flows =
        own.length < MANY ? [...new Set(own.map(({ hostPort }) => hostPort))].flatMap(list) : list();
      const isAnyMeant = (flow: Tracked): boolean =>
        own.some((port) => port.hostPort === flow.destination.port && isMeant(flow, port));
      for (const flow of flows.filter(isAnyMeant)) forgetConnection(host.netfilter, flow);
    }
  } catch (error) {
    if (!isTsnetError(error)) throw error;
    log('info', 'flows to published ports stay as they are', () => ({ error }));
  }
}
