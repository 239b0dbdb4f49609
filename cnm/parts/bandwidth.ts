// Mode bandwidth: limits what a container receives and sends, at the host's end of a veth pair that another plugin made.
//
// A link can only slow down what it sends. What the container receives is sent by the host's end; what the container sends
// is received there, and is led through a link of its own, an ifb, which sends it at its pace back to where it came from.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { IN6_ADDR_GEN_MODE, TC_H } from '../../netlink/route/constants.ts';
import { deleteFilter, findRedirect, newRedirect } from '../../netlink/route/filter.ts';
import { findLink, newLink, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import {
  deleteIngress,
  deleteRootQdisc,
  findQdisc,
  newIngress,
  newTokenBucket,
} from '../../netlink/route/qdisc.ts';
import type { TokenBucket } from '../../netlink/route/qdisc.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { deleteEndpoint, endpointId, interfaceOf, ownerName } from '../../state/endpoint.ts';
import type { Endpoint, EndpointKey } from '../../state/endpoint.ts';
import type { AttachedInterface } from '../attachment.ts';
import type { Driver } from '../driver.ts';
import type { Host } from '../host.ts';
import { detourName } from '../interface/names.ts';
import type { BandwidthRequest } from '../request.ts';
import { bucketFor, isSameBucket } from './bucket.ts';

/** What is recorded: the host's end by index and name, the limits, and whether others had filters at it before. */
interface Shaping {
  readonly index: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly hadIngress: boolean;
  readonly ingress?: TokenBucket;
  readonly egress?: TokenBucket;
}

/** Tells our qdiscs and filters from those of others: "ts". */
const MARK = 0x7473;
const HANDLE = MARK * 0x10000;

function shapingOf({ kept = '{}' }: Endpoint): Shaping {
  return JSON.parse(kept) as Shaping;
}

/** The host's end of the pair: each end names the other as the link it is stacked on. */
function hostEnd(host: Host, { key, hostInterfaces }: BandwidthRequest, namespace: Namespace): Link {
  const ifname = interfaceOf(key);
  using connection = openConnection(namespace.fd, NETLINK.ROUTE);
  const inner = findLink(connection, { ifname });
  const peer = inner?.attributes.info?.kind === 'veth' ? inner.attributes.parent : undefined;
  const link = peer === undefined ? undefined : findLink(host.route, { index: peer });
  const isKnown = hostInterfaces.length === 0 || hostInterfaces.includes(link?.ifname ?? '');
  if (link?.attributes.info?.kind === 'veth' && link.attributes.parent === inner?.index && isKnown)
    return link;
  throw new TsnetError(
    'TSNET_CONFIG',
    `prevResult: interface "${ifname}" of the container has no veth end among the host's interfaces: bandwidth needs one`,
  );
}

function describe(host: Host, request: BandwidthRequest, namespace: Namespace): Partial<Endpoint> {
  const { index, ifname, mtu } = hostEnd(host, request, namespace);
  const { ingress, egress } = request;
  const shaping: Shaping = {
    index,
    ifname,
    mtu,
    hadIngress: findQdisc(host.route, index, TC_H.INGRESS) !== undefined,
    ...(ingress === undefined ? {} : { ingress: bucketFor(ingress, mtu) }),
    ...(egress === undefined ? {} : { egress: bucketFor(egress, mtu) }),
  };
  return { kept: JSON.stringify(shaping) };
}

function slowDown(host: Host, index: number, ifname: string, bucket: TokenBucket): void {
  try {
    host.route.request(newTokenBucket(index, HANDLE, bucket));
  } catch (error) {
    if (!isKernelError(error, 'EEXIST')) throw error;
    throw new TsnetError(
      'TSNET_EXISTS',
      `link "${ifname}" has a queueing discipline already: delete it first`,
    );
  }
}

/** Makes the detour of what the container sends. The redirect is last: nothing is sent where nothing is yet. */
function openDetour(
  host: Host,
  endpoint: Endpoint,
  shaping: Shaping,
  bucket: TokenBucket,
): AttachedInterface {
  const ifname = detourName(endpoint.id);
  // The name follows from the endpoint's key, and the store knew nothing of it: left over from a lost store.
  host.removeLink({ ifname });
  const noIpv6 = { inet6: { addressGeneration: IN6_ADDR_GEN_MODE.NONE } };
  host.route.pipeline([
    newLink(ifname, { mtu: shaping.mtu, info: { kind: 'ifb' } }),
    setLink({ ifname }, { alias: ownerName(endpoint), families: noIpv6 }, { UP: true }),
  ]);
  const detour = findLink(host.route, { ifname });
  if (detour === undefined)
    throw new TsnetError('TSNET_NOT_FOUND', `link "${ifname}" was taken away while it was made`);
  slowDown(host, detour.index, ifname, bucket);
  const { index, hadIngress } = shaping;
  host.route.pipeline([
    ...(hadIngress ? [] : [newIngress(index)]),
    newRedirect({ index, priority: MARK }, detour.index),
  ]);
  return { name: ifname, mac: detour.attributes.address, mtu: detour.mtu, sandbox: undefined };
}

// ENOENT, EINVAL: never made, taken away by hand, or with it what it hung at. ENODEV: the link has just gone.
function takeAway(host: Host, request: AnyRequest): void {
  try {
    host.route.request(request);
  } catch (error) {
    if (!isKernelError(error, 'ENOENT', 'EINVAL', 'ENODEV')) throw error;
  }
}

function disconnect(host: Host, endpoint: Endpoint): void {
  const { index, ifname, hadIngress, ingress, egress } = shapingOf(endpoint);
  if (findLink(host.route, { index })?.ifname === ifname) {
    if (egress !== undefined) takeAway(host, deleteFilter({ index, priority: MARK }));
    if (egress !== undefined && !hadIngress) takeAway(host, deleteIngress(index));
    if (ingress !== undefined) takeAway(host, deleteRootQdisc(index, HANDLE));
  }
  host.removeLink({ ifname: detourName(endpoint.id) });
  host.db.transaction(() => deleteEndpoint(host.db, endpoint.id));
}

function inspectPace(host: Host, index: number, ifname: string, bucket: TokenBucket): string[] {
  const shown = findQdisc(host.route, index, TC_H.ROOT)?.bucket;
  if (shown === undefined) return [`link "${ifname}" has no limit`];
  if (isSameBucket(shown, bucket)) return [];
  const words = ({ rate, burst }: TokenBucket): string =>
    `${rate * 8} bit/s and a burst of ${Math.round(burst * 8)} bits`;
  return [`link "${ifname}" has a limit of ${words(shown)}, not ${words(bucket)}`];
}

function inspect(host: Host, endpoint: Endpoint): string[] {
  const { index, ifname, ingress, egress } = shapingOf(endpoint);
  if (findLink(host.route, { index })?.ifname !== ifname) return [`link "${ifname}" is missing`];
  const problems = ingress === undefined ? [] : inspectPace(host, index, ifname, ingress);
  if (egress === undefined) return problems;
  const name = detourName(endpoint.id);
  const detour = findLink(host.route, { ifname: name });
  if (detour === undefined) return [...problems, `link "${name}" is missing`];
  const isLed = findRedirect(host.route, { index, priority: MARK }) === detour.index;
  return [
    ...problems,
    ...inspectPace(host, detour.index, name, egress),
    ...(isLed ? [] : [`what link "${ifname}" receives is not led through "${name}"`]),
  ];
}

/** Takes away the ifb of a part that is not on record, as when the run directory was lost. */
export function takeStrayDetour(host: Host, key: EndpointKey): void {
  host.removeLink({ ifname: detourName(endpointId(key)) });
}

export const bandwidthDriver: Driver<BandwidthRequest> = {
  sandbox: 'foreign',
  describe,
  claim: () => undefined,
  connect: (host, endpoint) => {
    const shaping = shapingOf(endpoint);
    const { index, ifname, ingress, egress } = shaping;
    if (ingress !== undefined) slowDown(host, index, ifname, ingress);
    const interfaces = egress === undefined ? [] : [openDetour(host, endpoint, shaping, egress)];
    return { interfaces, addresses: [], routes: [] };
  },
  disconnect,
  inspect,
};
