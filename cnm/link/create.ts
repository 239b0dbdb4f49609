// Makes a link inside a sandbox.
import type { Mac } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { Connection } from '../../netlink/connection.ts';
import { isKernelError, KernelError } from '../../netlink/kernel-error.ts';
import { findLink, newLink, setLink } from '../../netlink/route/link.ts';
import type { Link, LinkAttributes, LinkKey } from '../../netlink/route/link.ts';
import type { Namespace } from '../../netns/namespace.ts';
import { ownerName } from '../../state/endpoint.ts';
import type { Endpoint } from '../../state/endpoint.ts';
import type { Host } from '../host.ts';
import { unfinishedLinkName } from '../interface/names.ts';
import { bridgeOf, masterOf } from './settle.ts';
import { infoOf, isUpper } from './spec.ts';
import type { DummySpec, LinkSpec, UpperSpec } from './spec.ts';
import { createTap } from './tap.ts';

/** The link as it is to be. */
export interface NewLink {
  readonly endpoint: Endpoint;
  readonly spec: LinkSpec;
  /** Left out, the kernel or the master gives one. */
  readonly mac: Mac | undefined;
  readonly namespace: Namespace;
}

/**
 * Makes the link, down and without addresses, and returns it; `inside` is a connection to its namespace. It is made under a name that
 * follows from the endpoint's key, and gets its real name together with its owner's: so a link of that name is never
 * mistaken for ours, and kernels before 6.14 do not refuse a name that an interface of the host has. Throws TSNET_EXISTS
 * when the name is taken, TSNET_CONFIG when the master or the bridge is not there, TSNET_KERNEL.
 */
export function createLink(host: Host, inside: Connection, link: NewLink): Link {
  const { endpoint, spec, mac, namespace } = link;
  const ifname = unfinishedLinkName(endpoint.id);
  const finishing: LinkAttributes = { ifname: endpoint.ifname, alias: ownerName(endpoint) };
  if (spec.kind === 'tap') {
    const master = spec.bridge === undefined ? undefined : bridgeOf(inside, spec.bridge).index;
    createTap(namespace.fd, ifname, spec);
    return finish(inside, ifname, endpoint, { ...finishing, address: mac, mtu: spec.mtu, master });
  }
  const attributes = { address: mac, mtu: spec.mtu, info: infoOf(spec) };
  try {
    if (isUpper(spec)) createUpper(host, inside, ifname, spec, attributes, namespace);
    else inside.request(newLink(ifname, attributes));
  } catch (error) {
    throw error instanceof KernelError ? refusal(spec, error) : error;
  }
  return finish(inside, ifname, endpoint, finishing);
}

// The kernel looks for the master where it is asked, and makes the link where IFLA_NET_NS_FD says.
function createUpper(
  host: Host,
  inside: Connection,
  ifname: string,
  spec: UpperSpec,
  attributes: LinkAttributes,
  { fd }: Namespace,
): void {
  const connection = spec.isMasterInside ? inside : host.route;
  const parent = masterOf(connection, spec).index;
  const namespace = spec.isMasterInside ? undefined : fd;
  connection.request(newLink(ifname, { ...attributes, parent, namespace }));
}

// EEXIST is of a VLAN that the master has already; the link's own name is nobody else's.
function refusal(spec: UpperSpec | DummySpec, error: KernelError): TsnetError {
  const on = isUpper(spec) ? ` on master "${spec.master ?? ''}"` : '';
  const id = spec.kind === 'vlan' ? ` ${spec.id}` : '';
  const code = error.errno === 'EEXIST' ? 'TSNET_EXISTS' : error.code;
  return new TsnetError(code, `failed to create ${spec.kind}${id}${on}: ${error.message}`, { cause: error });
}

function finish(inside: Connection, ifname: string, endpoint: Endpoint, attributes: LinkAttributes): Link {
  const { index } = found(inside, { ifname });
  try {
    inside.request(setLink({ index }, attributes));
  } catch (error) {
    if (!isKernelError(error, 'EEXIST')) throw error;
    throw new TsnetError(
      'TSNET_EXISTS',
      `interface "${endpoint.ifname}" already exists in network namespace "${endpoint.netns}"`,
    );
  }
  return found(inside, { index });
}

function found(inside: Connection, key: LinkKey): Link {
  const link = findLink(inside, key);
  if (link !== undefined) return link;
  throw new TsnetError('TSNET_NOT_FOUND', 'the interface was taken away while it was made');
}
