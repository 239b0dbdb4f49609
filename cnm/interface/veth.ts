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
  /** Of the sandbox's end; left out, it gets one later. */
  readonly mac: Mac | undefined;
  /** Of both ends, in bytes; left out, what the kernel gives a veth. */
  readonly mtu: number | undefined;
  readonly namespace: Namespace;
  /** The bridge that the host's end is plugged into, if any. */
  readonly bridge?: Link | undefined;
  readonly isHairpin: boolean;
  readonly isIsolated?: boolean;
}

/**
 * Of its own accord the kernel gives each end a queue for every processor and uses one of them; that the others are not used
 * costs a grace period for each end, during which nobody else may change a link.
 */
const ONE_QUEUE = { sendQueues: 1, receiveQueues: 1 };

/** What the kernel gives a veth: ETH_DATA_LEN (linux/if_ether.h). */
const STANDARD_MTU = 1500;

/** The pair as it was made. */
export interface MadePair {
  readonly hostEnd: AttachedInterface;
  /** The index of the sandbox's end, where the kernel told it. */
  readonly insideIndex: number | undefined;
}

/** A pair that the kernel is at work on. */
export interface PairUnderWay {
  /**
   * Waits until it is there. Where the kernel tells, `whenThere` is called as soon as both ends are, with the host's end still to
   * be set up. Throws KernelError.
   */
  finish(whenThere?: (insideIndex: number | undefined) => void): MadePair;
}

/** What is done while the kernel makes a pair. */
export interface Meanwhile {
  /** At once, and perhaps in vain. */
  readonly atOnce: () => void;
  /** As `whenThere` of a pair under way. */
  readonly whenThere?: (insideIndex: number | undefined) => void;
}

/**
 * Has the kernel make the pair, plug the host's end into its bridge and take that end up, and goes on: it takes its time for
 * that.
 */
export function beginPair(host: Host, pair: Pair): PairUnderWay {
  const mac = Mac.fromDigest(pair.endpoint.id);
  const creation = host.aside.beginCreation(pairRequest(pair, mac), () => hostEndRequests(pair));
  return {
    finish: (whenThere) => {
      const made = creation.finish((shown) => whenThere?.(peerIndexOf(shown)));
      const hostEnd = { name: pair.hostLink, mac, mtu: pair.mtu ?? STANDARD_MTU, sandbox: undefined };
      return { hostEnd, insideIndex: made && peerIndexOf(made) };
    },
  };
}

/**
 * Makes the pair as `beginPair` does, and meanwhile what is told.
 * Throws TSNET_EXISTS when the sandbox has an interface of that name already.
 */
export function createPair(host: Host, pair: Pair, meanwhile: Meanwhile): MadePair {
  try {
    return finishPair(beginPair(host, pair), meanwhile);
  } catch (error) {
    const { endpoint, hostLink: ifname } = pair;
    if (!isKernelError(error, 'EEXIST')) throw error;
    if (findLink(host.route, { ifname }) === undefined) {
      throw new TsnetError(
        'TSNET_EXISTS',
        `interface "${endpoint.ifname}" already exists in network namespace "${endpoint.netns}"`,
      );
    }
    // The name follows from the endpoint's key, and the store knew nothing of it: left over from a lost store.
    host.route.request(deleteLink({ ifname }));
    return beginPair(host, pair).finish(meanwhile.whenThere);
  }
}

function finishPair(pair: PairUnderWay, { atOnce, whenThere }: Meanwhile): MadePair {
  let made: MadePair;
  try {
    atOnce();
  } finally {
    made = pair.finish(whenThere);
  }
  return made;
}

function pairRequest({ endpoint, hostLink, mtu, mac, namespace, bridge }: Pair, address: Mac): LinkRequest {
  const peer = { ifname: endpoint.ifname, namespace: namespace.fd, address: mac, mtu, ...ONE_QUEUE };
  const info = { kind: 'veth', data: { peer } } as const;
  return newLink(hostLink, { address, mtu, master: bridge?.index, info, ...ONE_QUEUE });
}

function hostEndRequests({ endpoint, hostLink: ifname, isHairpin, isIsolated = false }: Pair): AnyRequest[] {
  const noIpv6 = { inet6: { addressGeneration: IN6_ADDR_GEN_MODE.NONE } };
  return [
    // Without a carrier until the other end is up, too, no address is generated on the way up.
    setLink({ ifname }, { alias: ownerName(endpoint), families: noIpv6 }, { UP: true }),
    ...(isHairpin || isIsolated ? [setBridgePort(ifname, { isHairpin, isIsolated })] : []),
  ];
}
