// The veth pair of an endpoint: one end on the host, the other inside the sandbox, where it is created.
import { Mac } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { IN6_ADDR_GEN_MODE } from '../../netlink/route/constants.ts';
import { setBridgePort } from '../../netlink/route/bridge-port.ts';
import { deleteLink, findLink, newLink, peerIndexOf, setLink } from '../../netlink/route/link.ts';
import type { Link, LinkRequest } from '../../netlink/route/link.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { AttachedInterface } from '../attachment.ts';
import type { Host } from '../host.ts';

/** The pair as it is to be. */
export interface Pair {
  readonly endpoint: Endpoint;
  readonly hostLink: string;
  /** Of the sandbox's end. */
  readonly mac: Mac;
  /** Of both ends, in bytes; left out, what the kernel gives a veth. */
  readonly mtu: number | undefined;
  readonly namespace: Namespace;
  /** The bridge that the host's end is plugged into, if any. */
  readonly bridge?: Link | undefined;
  readonly isHairpin: boolean;
  readonly isIsolated?: boolean;
}

/** What the kernel gives a veth: ETH_DATA_LEN (linux/if_ether.h). */
const STANDARD_MTU = 1500;

/** The pair as it was made. */
interface MadePair {
  readonly hostEnd: AttachedInterface;
  /** The index of the sandbox's end, where the kernel told it. */
  readonly insideIndex: number | undefined;
}

/**
 * Makes the pair, plugs the host's end into its bridge and takes that end up. The kernel takes its time for that, in which
 * `meanwhile` is done: it may have been done in vain.
 * Throws TSNET_EXISTS when the sandbox has an interface of that name already.
 */
export function createPair(host: Host, pair: Pair, meanwhile?: () => void): MadePair {
  const { endpoint, hostLink, mtu = STANDARD_MTU } = pair;
  const mac = Mac.fromDigest(endpoint.id);
  const make = (beside?: () => void): MadePair => {
    const made = host.aside.create(pairRequest(pair, mac), hostEndRequests(pair), beside);
    return {
      hostEnd: { name: hostLink, mac, mtu, sandbox: undefined },
      insideIndex: made && peerIndexOf(made),
    };
  };
  try {
    return make(meanwhile);
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
    return make();
  }
}

function pairRequest({ endpoint, hostLink, mtu, mac, namespace }: Pair, address: Mac): LinkRequest {
  const peer = { ifname: endpoint.ifname, namespace: namespace.fd, address: mac, mtu };
  return newLink(hostLink, { address, mtu, info: { kind: 'veth', data: { peer } } });
}

function hostEndRequests({
  endpoint,
  hostLink: ifname,
  bridge,
  isHairpin,
  isIsolated = false,
}: Pair): AnyRequest[] {
  const noIpv6 = { inet6: { addressGeneration: IN6_ADDR_GEN_MODE.NONE } };
  return [
    setLink({ ifname }, { alias: ownerName(endpoint), families: noIpv6 }),
    setLink({ ifname }, { master: bridge?.index }, { UP: true }),
    ...(isHairpin || isIsolated ? [setBridgePort(ifname, { isHairpin, isIsolated })] : []),
  ];
}
