// The bridge device that the endpoints of a network are plugged into.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { IFF, IN6_ADDR_GEN_MODE } from '../../netlink/route/constants.ts';
import { findLink, listLinks, newLink, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { refuseAdvice } from '../interface/forwarding.ts';
import { isAnyBehind } from '../../state/endpoint.ts';
import { withLock } from '../../state/lock.ts';
import type { Host } from '../host.ts';
import type { BridgeSpec } from '../request.ts';
import { BRIDGE_ALIAS, bridgeMac } from './names.ts';

/** What the device itself must be like. */
type DeviceSpec = Pick<BridgeSpec, 'name' | 'isPromiscuous' | 'mtu'>;

/** The bridge of that name, made if it is missing, and up. Throws TSNET_EXISTS when it is another kind of link, TSNET_KERNEL. */
export function ensureBridge(host: Host, spec: DeviceSpec): Link {
  const { bridges } = host.certain;
  const bridge = bridges.get(spec.name) ?? makeSure(host, spec);
  bridges.set(spec.name, bridge);
  return bridge;
}

function makeSure(host: Host, spec: DeviceSpec): Link {
  const bridge = findBridge(host, spec.name) ?? createBridge(host, spec);
  // Whoever made it: from now on there are containers behind it.
  refuseAdvice(spec.name);
  if (spec.isPromiscuous && (bridge.flags & IFF.PROMISC) === 0) {
    host.route.request(setLink({ index: bridge.index }, {}, { PROMISC: true }));
  }
  return bridge;
}

function findBridge(host: Host, name: string): Link | undefined {
  const link = findLink(host.route, { ifname: name });
  if (link === undefined) return undefined;
  if (link.attributes.info?.kind !== 'bridge') {
    throw new TsnetError('TSNET_EXISTS', `bridge "${name}": a link of that name exists and is no bridge`);
  }
  if ((link.flags & IFF.UP) === 0) host.route.request(setLink({ index: link.index }, {}, { UP: true }));
  return link;
}

// The MAC is set, not left to the kernel: that one would change with the ports that come and go.
function createBridge(host: Host, { name, mtu }: DeviceSpec): Link {
  try {
    host.route.request(newLink(name, { address: bridgeMac(name), mtu, info: { kind: 'bridge' } }));
  } catch (error) {
    // Another ADD was faster.
    if (!isKernelError(error, 'EEXIST')) throw error;
  }
  refuseAdvice(name);
  host.route.pipeline([
    setLink(
      { ifname: name },
      // An mtu given at creation alone would follow that of the ports.
      { alias: BRIDGE_ALIAS, mtu, families: { inet6: { addressGeneration: IN6_ADDR_GEN_MODE.NONE } } },
    ),
    setLink({ ifname: name }, {}, { UP: true }),
  ]);
  const bridge = findBridge(host, name);
  if (bridge === undefined)
    throw new TsnetError('TSNET_NOT_FOUND', `bridge "${name}" was taken away while it was made`);
  return bridge;
}

/**
 * Takes a bridge, or a VLAN's gateway on one, away that tsnet made and that no endpoint and no foreign port needs any
 * more. Tells whether it did.
 */
export function tidyBridge(host: Host, name: string): boolean {
  if (isAnyBehind(host.db, name)) return false;
  return withLock(host.bridgeLock, 'exclusive', () => {
    if (isAnyBehind(host.db, name)) return false;
    const bridge = findLink(host.route, { ifname: name });
    if (bridge?.attributes.address?.equals(bridgeMac(name)) !== true) return false;
    const hasPort = listLinks(host.route).some(({ attributes }) => attributes.master === bridge.index);
    if (hasPort) return false;
    host.certain.bridges.delete(name);
    host.removeLink({ index: bridge.index });
    return true;
  });
}

/**
 * Takes a link away whose endpoint is not on record, and with the last port its bridge: whoever was detached there before
 * found this one still plugged in.
 */
export function removeStrayPort(host: Host, { index, attributes: { master } }: Link): void {
  host.removeLink({ index });
  const bridge = master === undefined ? undefined : findLink(host.route, { index: master });
  if (bridge !== undefined) tidyBridge(host, bridge.ifname);
}
