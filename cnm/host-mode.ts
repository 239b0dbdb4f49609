// Mode host: the host's own network. Nothing is created; the host's interfaces and addresses are told.
import { listAddresses } from '../netlink/route/address.ts';
import { IFF, RT_SCOPE } from '../netlink/route/constants.ts';
import { listLinks } from '../netlink/route/link.ts';
import { deleteEndpoint } from '../state/endpoint.ts';
import type { Attachment } from './attachment.ts';
import type { Driver } from './driver.ts';
import type { Host } from './host.ts';
import type { HostRequest } from './request.ts';

// Links that are up and carry an address others can reach: not loopback, not link-local ones.
function hostAttachment(host: Host): Attachment {
  const addresses = listAddresses(host.route).filter(({ scope }) => scope === RT_SCOPE.UNIVERSE);
  const links = listLinks(host.route).filter(
    ({ index, flags }) =>
      (flags & IFF.UP) !== 0 && (flags & IFF.LOOPBACK) === 0 && addresses.some((one) => one.index === index),
  );
  return {
    interfaces: links.map(({ ifname, mtu, attributes }) => ({
      name: ifname,
      mac: attributes.address,
      mtu,
      sandbox: undefined,
    })),
    addresses: addresses.flatMap(({ index, address }) => {
      const at = links.findIndex((link) => link.index === index);
      return at < 0 ? [] : [{ address, gateway: undefined, interface: at }];
    }),
    routes: [],
  };
}

export const hostDriver: Driver<HostRequest> = {
  sandbox: 'own',
  describe: () => ({}),
  claim: () => undefined,
  connect: (host) => hostAttachment(host),
  disconnect: (host, endpoint) => host.db.transaction(() => deleteEndpoint(host.db, endpoint.id)),
  inspect: () => [],
};
