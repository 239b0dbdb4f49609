// Mode host-device: a device of the host's moves into the sandbox, and back when the endpoint goes.
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { findLink, listLinks, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { deleteEndpoint } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Lease } from '../../state/lease.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { AttachedInterface, Attachment } from '../attachment.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import { claimLeases } from '../interface/addresses.ts';
import { configure, decideRoutes } from '../interface/configure.ts';
import { inspectSandbox } from '../interface/inspect.ts';
import type { HostDeviceRequest } from '../request.ts';
import { findDevice, userspaceDevice } from './find.ts';
import { keptOf, keptOfLink, pick } from './kept.ts';
import type { Kept } from './kept.ts';
import { giveBack, moveIn } from './move.ts';
import { folderOf, isDrivenInUserspace, pciIdOf } from './sysfs.ts';

function describe(host: Host, { device }: HostDeviceRequest): Partial<Endpoint> {
  const userspace = userspaceDevice(device);
  if (userspace !== undefined) return { kept: JSON.stringify({ userspace } satisfies Kept) };
  const link = findDevice(host, device);
  const kept: Kept = { device: keptOfLink(link, pciIdOf(link.ifname)) };
  return { kept: JSON.stringify(kept) };
}

function connect(
  host: Host,
  endpoint: Endpoint,
  request: HostDeviceRequest,
  namespace: Namespace,
  leases: readonly Lease[],
): Attachment {
  const kept = keptOf(endpoint);
  const routes = decideRoutes(request.routes, leases, false);
  const made = (one: AttachedInterface): Attachment => ({
    interfaces: [one],
    addresses: leases.map(({ address, gateway }) => ({ address, gateway, interface: 0 })),
    routes,
  });
  if ('userspace' in kept)
    return made({ name: '', mac: undefined, mtu: 0, sandbox: undefined, pciID: kept.userspace });
  moveIn(host, kept.device, endpoint, namespace);
  // Without addresses of ours somebody else looks after the interface, its settings included.
  const { ifname } = endpoint;
  if (request.addressing.from !== 'nowhere') configure(namespace, { ifname }, leases, routes);
  const { mtu, attributes } = raise(namespace, ifname);
  const { pciID } = kept.device;
  return made({ name: ifname, mac: attributes.address, mtu, sandbox: endpoint.netns, pciID });
}

function raise(namespace: Namespace, ifname: string): Link {
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  inside.request(setLink({ ifname }, {}, { UP: true }));
  const link = findLink(inside, { ifname });
  if (link === undefined)
    throw new TsnetError('TSNET_NOT_FOUND', `interface "${ifname}" was taken away while it was made`);
  return link;
}

function disconnect(host: Host, endpoint: Endpoint): void {
  const kept = keptOf(endpoint);
  if ('device' in kept) giveBack(host, kept.device, endpoint);
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
}

function inspect(_host: Host, endpoint: Endpoint, attachment: Attachment, namespace: Namespace): string[] {
  const kept = keptOf(endpoint);
  if ('userspace' in kept) {
    const isDriven = isDrivenInUserspace(folderOf('pci', kept.userspace));
    return isDriven ? [] : [`pci device "${kept.userspace}" has no driver for user space any more`];
  }
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  const here = listLinks(inside).filter(({ ifname }) => ifname === endpoint.ifname);
  const isDevice = here.length === 0 || pick(here, kept.device, endpoint.ifname) !== undefined;
  const other = isDevice ? [] : [`interface "${endpoint.ifname}" is not device "${kept.device.name}"`];
  return [...other, ...inspectSandbox(endpoint, attachment, namespace)];
}

export const hostDeviceDriver: Driver<HostDeviceRequest, readonly Lease[]> = {
  sandbox: 'foreign',
  describe,
  claim: (host, endpoint, { addressing }) => claimLeases(host.db, endpoint, addressing, false),
  connect,
  disconnect,
  inspect,
};
