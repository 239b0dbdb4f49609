// Published ports of a sandbox that is there: further ones, and such that go.
import { Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { withLock } from '../state/lock.ts';
import { deletePorts, portsOf } from '../state/port.ts';
import type { PublishedPort } from '../state/port.ts';
import { changeDetails, getSandboxById } from '../state/sandbox.ts';
import type { Sandbox, SandboxDetails, WantedPort } from '../state/sandbox.ts';
import { closeLoopback } from './bridge/loopback.ts';
import { endFlows } from './flows.ts';
import type { Host } from './host.ts';
import { getNetwork } from './network.ts';
import { readOptions } from './network-options.ts';
import { choosePorts } from './port-choice.ts';
import type { PortWish } from './port-choice.ts';
import { familyLacking, publish } from './publish.ts';
import { connectLock } from './sandbox-connect.ts';
import { addressesOf, openWay, portsAlone, requestsFor } from './sandbox-gateway.ts';
import { wanted } from './sandbox-networks.ts';
import { membersOf, waysOut } from './sandbox-members.ts';
import type { Member } from './sandbox-members.ts';
import { yieldPort } from './stale.ts';

/** What is to be otherwise about the published ports of a sandbox. */
export interface PortChange {
  readonly added: readonly PortWish[];
  /** As they were asked for; without a port of the host, all that lead to that port of the sandbox. */
  readonly removed: readonly PortWish[];
}

/**
 * Publishes further ports of a sandbox and withdraws others; those that stay are not touched. Whatever fails, all is as
 * before. Throws TSNET_CONFIG for a sandbox that can have none, TSNET_NOT_FOUND for one to withdraw that is not published,
 * TSNET_PORT_IN_USE with the name of who has it.
 */
export function changePorts(host: Host, { id, mode, name }: Sandbox, change: PortChange): void {
  const kind = mode.startsWith('container:') ? 'container type' : mode;
  if (kind === 'host' || kind === 'none' || kind === 'container type')
    throw new TsnetError('TSNET_CONFIG', `conflicting options: port publishing and the ${kind} network mode`);
  withLock(connectLock(host), 'exclusive', () => {
    const sandbox = getSandboxById(host.db, id);
    if (sandbox === undefined) throw new TsnetError('TSNET_NOT_FOUND', `sandbox ${name} has ended`);
    const [way] = waysOut(membersOf(host.db, [sandbox]));
    if (way === undefined)
      throw new TsnetError(
        'TSNET_CONFIG',
        `sandbox ${name} is on no network that leads outside: its ports cannot be published`,
      );
    const { ports = [] } = sandbox.details;
    settle(host, way, ports, [...without(name, ports, change.removed), ...chosen(host, way, change.added)]);
  });
}

function chosen(host: Host, way: Member, wishes: readonly PortWish[]): WantedPort[] {
  const { hostBinding } = readOptions(getNetwork(host, way.network.replace(/^tsnet:/, '')).options);
  const families = [...new Set(addressesOf(way).map(({ family }) => family))];
  const asked = wishes.map((wish) => ({ ...wish, hostIp: wish.hostIp ?? hostBinding }));
  const ports = choosePorts(host, asked, families);
  const astray = ports.find(({ hostIp }) => hostIp !== undefined && !families.includes(hostIp.family));
  if (astray !== undefined) throw familyLacking(astray);
  return ports.map(wanted);
}

function without(name: string, ports: readonly WantedPort[], wishes: readonly PortWish[]): WantedPort[] {
  const lost = wishes.find((wish) => !ports.some((port) => isMeant(port, wish)));
  if (lost !== undefined)
    throw new TsnetError(
      'TSNET_NOT_FOUND',
      `sandbox ${name} has not published ${textOf(lost)} (tsnet port ${name})`,
    );
  return ports.filter((port) => !wishes.some((wish) => isMeant(port, wish)));
}

function isMeant(port: WantedPort, { protocol, containerPort, hostPorts, hostIp }: PortWish): boolean {
  const { hostPort } = port;
  const isInside = hostPorts === undefined || (hostPorts.first <= hostPort && hostPort <= hostPorts.last);
  const isThere = hostIp === undefined || (port.hostIp !== undefined && Ip.parse(port.hostIp).equals(hostIp));
  return port.protocol === protocol && port.containerPort === containerPort && isInside && isThere;
}

function textOf({ protocol, containerPort, hostPorts, hostIp }: PortWish): string {
  const at =
    hostIp === undefined ? '' : hostIp.family === 6 ? `[${hostIp.toString()}]:` : `${hostIp.toString()}:`;
  const outside = hostPorts === undefined ? (at === '' ? '' : ':') : `${hostPorts.first}:`;
  return `${at}${outside}${containerPort}/${protocol}`;
}

function settle(host: Host, way: Member, before: readonly WantedPort[], after: readonly WantedPort[]): void {
  const [was, is] = record(host, way, { ports: after, portsBefore: before });
  try {
    follow(host, way, was, is);
  } catch (error) {
    goBack(host, way, before);
    throw error;
  }
  host.db.transaction(() => {
    changeDetails(host.db, way.id, () => ({ portsBefore: undefined }));
  });
}

function goBack(host: Host, way: Member, before: readonly WantedPort[]): void {
  record(host, way, { ports: before, portsBefore: before });
  host.firewall.restore();
  closeLoopback(host, way.endpoint.bridge ?? '');
  host.db.transaction(() => {
    changeDetails(host.db, way.id, () => ({ portsBefore: undefined }));
  });
}

/** Takes back what a change of ports had done that was cut off. Throws KernelError. */
export function undoPorts(host: Host, { id }: Sandbox): void {
  withLock(connectLock(host), 'exclusive', () => {
    const sandbox = getSandboxById(host.db, id);
    // Whoever was at it has come to his end.
    if (sandbox?.details.portsBefore === undefined) return;
    const [way] = waysOut(membersOf(host.db, [sandbox]));
    if (way !== undefined) goBack(host, way, sandbox.details.portsBefore);
  });
}

type Change = Required<Pick<SandboxDetails, 'ports' | 'portsBefore'>>;

// All or nothing; who holds a port and is gone makes room for it.
function record(host: Host, way: Member, change: Change): [PublishedPort[], PublishedPort[]] {
  const { id, endpoint } = way;
  for (;;) {
    try {
      return host.db.transaction(() => {
        const was = portsOf(host.db, endpoint.id);
        deletePorts(host.db, endpoint.id);
        changeDetails(host.db, id, () => change);
        return [was, publish(host.db, endpoint, requestsFor(way, change.ports ?? []), addressesOf(way))];
      });
    } catch (error) {
      if (!(error instanceof TsnetError) || !yieldPort(host, error)) throw error;
    }
  }
}

function follow(host: Host, way: Member, was: readonly PublishedPort[], is: readonly PublishedPort[]): void {
  const [before, after] = [namesOf(was), namesOf(is)];
  const gone = was.filter((port) => !after.has(nameOf(port)));
  const fresh = is.filter((port) => !before.has(nameOf(port)));
  if (gone.length > 0) for (const intent of portsAlone(way, gone)) host.firewall.remove(intent);
  openWay(host, way, fresh);
  endFlows(host, gone);
  closeLoopback(host, way.endpoint.bridge ?? '');
}

function namesOf(ports: readonly PublishedPort[]): ReadonlySet<string> {
  return new Set(ports.map(nameOf));
}

function nameOf({ protocol, hostIp, hostPort, containerIp, containerPort }: PublishedPort): string {
  return [protocol, hostIp, hostPort, containerIp, containerPort].join(' ');
}
