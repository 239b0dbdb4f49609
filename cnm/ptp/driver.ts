// Mode ptp: a veth pair between host and sandbox. The host's end is the gateway, also to the neighbours of the subnet.
import { keepEgress } from '../../firewall/egress-policy.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { deleteEndpoint, endpointId } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Attachment } from '../attachment.ts';
import { openLoopback } from '../bridge/loopback.ts';
import { keepDirect } from '../direct.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import { intentOf, makeIntent } from '../intent.ts';
import { claimAddresses } from '../interface/claim.ts';
import type { PairClaim } from '../interface/claim.ts';
import { configure, decideRoutes } from '../interface/configure.ts';
import { hostLinkName } from '../interface/names.ts';
import { createPair } from '../interface/veth.ts';
import type { PtpRequest } from '../request.ts';
import { makeGateway } from './host-end.ts';
import { inspectPtp } from './inspect.ts';
import { assertForeignGateways, routesByGateway } from './routes.ts';

function claim(host: Host, endpoint: Endpoint, request: PtpRequest): PairClaim {
  const claimed = claimAddresses(host.db, endpoint, request, true);
  assertForeignGateways(claimed.leases);
  return claimed;
}

function connect(
  host: Host,
  endpoint: Endpoint,
  request: PtpRequest,
  namespace: Namespace,
  { leases, ports, mac }: PairClaim,
): Attachment {
  const hostLink = hostLinkName(endpoint.id);
  // Until its elements are there, too, nothing may be called.
  if (endpoint.egress !== undefined) host.firewall.confine(hostLink);
  const pair = { endpoint, hostLink, namespace, mac, mtu: request.mtu, isHairpin: false };
  const { hostEnd, insideIndex } = createPair(host, pair, {
    atOnce: () => {
      const intent = makeIntent(endpoint, leases, ports);
      if (intent !== undefined) host.firewall.add(intent);
    },
  });
  const link = makeGateway(host, hostLink, leases);
  if (ports.length > 0) openLoopback(host, link, ports);
  const routes = decideRoutes(request.routes, leases, false);
  const addresses = leases.map((lease) => ({ ...lease, isOnLink: false }));
  const key = { ifname: endpoint.ifname, index: insideIndex };
  configure(namespace, key, addresses, [...routesByGateway(leases), ...routes]);
  return {
    interfaces: [hostEnd, { name: endpoint.ifname, mac, mtu: hostEnd.mtu, sandbox: endpoint.netns }],
    addresses: leases.map(({ address, gateway }) => ({ address, gateway, interface: 1 })),
    routes,
  };
}

// With the host's end go its addresses, its routes and its settings.
function disconnect(host: Host, endpoint: Endpoint): void {
  const intent = intentOf(host.db, endpoint);
  if (intent !== undefined) host.firewall.remove(intent);
  host.removeLink({ ifname: hostLinkName(endpoint.id) });
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
  if (endpoint.egress !== undefined) host.firewall.confine(hostLinkName(endpoint.id));
}

export const ptpDriver: Driver<PtpRequest, PairClaim> = {
  sandbox: 'foreign',
  // For the firewall the host's end is what a bridge is: the device that the endpoint is behind.
  describe: (_host, { key, isMasqueraded, nonMasqueraded, isRoutable, egress }) => ({
    bridge: hostLinkName(endpointId(key)),
    isMasqueraded,
    egress: egress === undefined ? undefined : keepEgress(egress),
    kept: keepDirect(nonMasqueraded, isRoutable),
  }),
  claim,
  connect,
  disconnect,
  inspect: inspectPtp,
};
