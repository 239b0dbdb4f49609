// The veth pair of an endpoint: one end in the bridge, the other inside the sandbox, where it is created.
import type { Mac } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { HERE } from '../../native/index.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { IN6_ADDR_GEN_MODE } from '../../netlink/route/constants.ts';
import { deleteLink, findLink, newLink, setBridgePort, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { writeSysctlIfPresent } from '../../netns/sysctl.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Host } from '../host.ts';

/** The ends of the pair as it is to be. */
export interface Pair {
  readonly endpoint: Endpoint;
  readonly hostLink: string;
  readonly mac: Mac | undefined;
  readonly mtu: number | undefined;
  readonly namespace: Namespace;
  readonly isHairpin: boolean;
}

/**
 * Makes the pair, plugs the host's end into the bridge and takes that end up. Returns the host's end.
 * Throws TSNET_EXISTS when the sandbox has an interface of that name already.
 */
export function createPair(host: Host, bridge: Link, pair: Pair): Link {
  const { endpoint, hostLink, mtu, mac, namespace } = pair;
  const peer = { ifname: endpoint.ifname, namespace: namespace.fd, address: mac, mtu };
  const create = newLink(hostLink, { mtu, info: { kind: 'veth', data: { peer } } });
  try {
    host.route.request(create);
  } catch (error) {
    if (!isKernelError(error, 'EEXIST')) throw error;
    if (findLink(host.route, { ifname: hostLink }) === undefined) {
      throw new TsnetError(
        'TSNET_EXISTS',
        `interface "${endpoint.ifname}" already exists in network namespace "${endpoint.netns}"`,
      );
    }
    // The name follows from the endpoint's key, and the store knew nothing of it: left over from a lost store.
    host.route.request(deleteLink({ ifname: hostLink }));
    host.route.request(create);
  }
  writeSysctlIfPresent(HERE, ['ipv6', 'conf', hostLink, 'accept_ra'], '0');
  host.route.pipeline([
    setLink(
      { ifname: hostLink },
      { alias: ownerName(endpoint), families: { inet6: { addressGeneration: IN6_ADDR_GEN_MODE.NONE } } },
    ),
    setLink({ ifname: hostLink }, { master: bridge.index }, { UP: true }),
  ]);
  const link = findLink(host.route, { ifname: hostLink });
  if (link === undefined)
    throw new TsnetError('TSNET_NOT_FOUND', `link "${hostLink}" was taken away while it was made`);
  if (pair.isHairpin) host.route.request(setBridgePort(link, { hairpin: true }));
  return link;
}
