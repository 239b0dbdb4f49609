// Moving a device into a sandbox and back.
//
// One request moves and renames, so the name that a link has on one side may be taken on the other. The kernel takes the
// new name when the old one is taken there, else it moves first and renames then; so the new one is looked up before.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { log } from '../../log/log.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import type { Connection } from '../../netlink/connection.ts';
import { findLink, listLinks, setLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import { isSameNamespace, openIfPresent, openOwnNamespace, ownNamespace } from '../../netns/namespace.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { Endpoint, EndpointKey } from '../../state/endpoint.ts';
import type { Host } from '../host.ts';
import { pause } from '../pause.ts';
import { pick } from './kept.ts';
import type { KeptDevice } from './kept.ts';

/** The kernel's own choice for a device that comes back while its name is taken (net/core/dev.c). */
const ANY_NAME = 'dev%d';

/**
 * Moves a device into a sandbox, where it is down and has its old name as alias. Throws TSNET_EXISTS when the sandbox has
 * an interface of that name, TSNET_NOT_FOUND when the device is gone.
 */
export function moveIn(
  host: Host,
  kept: KeptDevice,
  { ifname, netns }: Endpoint,
  namespace: Namespace,
): void {
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  if (findLink(inside, { ifname }) !== undefined) {
    throw new TsnetError(
      'TSNET_EXISTS',
      `interface "${ifname}" already exists in network namespace "${netns}"`,
    );
  }
  const link = findLink(host.route, { ifname: kept.name });
  if (link === undefined) throw new TsnetError('TSNET_NOT_FOUND', `device "${kept.name}" was taken away`);
  const { index } = link;
  host.route.pipeline([
    setLink({ index }, { alias: kept.name }),
    setLink({ index }, { ifname, namespace: namespace.fd }),
  ]);
}

/** Gives a device back to the host, down and as it was, from wherever it is. That it is nowhere is no error. */
export function giveBack(host: Host, kept: KeptDevice, endpoint: Endpoint): void {
  using namespace = openIfPresent(endpoint.netns);
  const isThere = namespace !== undefined && isSameNamespace(namespace, endpoint);
  if (isThere) {
    using inside = openConnection(namespace.fd, NETLINK.ROUTE);
    const link = pick(listLinks(inside), kept, endpoint.ifname);
    if (link !== undefined) {
      moveOut(host, inside, link, kept);
      return;
    }
  }
  const link = awaitOnHost(host, kept, endpoint.ifname, kept.isPhysical && !isThere);
  if (link === undefined) log('info', 'the device is gone', () => ({ device: kept.name }));
  else rename(host, link, kept);
}

/**
 * Gives a device back that is not on record, as when the store was lost or another plugin moved it: its alias tells the
 * name that it had.
 */
export function giveStrayBack(host: Host, { ifname }: EndpointKey, netns: string): void {
  using namespace = openIfPresent(netns);
  if (namespace === undefined || isSameNamespace(namespace, ownNamespace())) return;
  using inside = openConnection(namespace.fd, NETLINK.ROUTE);
  const link = findLink(inside, { ifname });
  const name = link?.attributes.alias;
  if (link !== undefined && name !== undefined) moveOut(host, inside, link, { name, alias: '' });
}

type Look = Pick<KeptDevice, 'name' | 'alias'>;

// Who finds the device under another name finds in its alias which one it should have.
function decideLook(host: Host, { name, alias }: Look): { ifname: string; alias: string } {
  if (findLink(host.route, { ifname: name }) === undefined) return { ifname: name, alias };
  log('info', 'the name of a device that comes back is taken', () => ({ device: name }));
  return { ifname: ANY_NAME, alias: name };
}

function moveOut(host: Host, inside: Connection, { index }: Link, look: Look): void {
  using own = openOwnNamespace();
  inside.pipeline([
    setLink({ index }, {}, { UP: false }),
    setLink({ index }, { ...decideLook(host, look), namespace: own.fd }),
  ]);
}

function rename(host: Host, { index, ifname }: Link, look: Look): void {
  if (ifname === look.name) {
    host.route.request(setLink({ index }, { alias: look.alias }));
    return;
  }
  host.route.pipeline([setLink({ index }, {}, { UP: false }), setLink({ index }, decideLook(host, look))]);
}

const PATIENCE_MS = 2000;
const STEP_MS = 20;

// The kernel ends a namespace some time after its last process did, and gives its devices back only then.
function awaitOnHost(host: Host, kept: KeptDevice, ifname: string, mayCome: boolean): Link | undefined {
  for (let waited = 0; ; waited += STEP_MS) {
    const link = pick(listLinks(host.route), kept, ifname);
    if (link !== undefined || !mayCome || waited >= PATIENCE_MS) return link;
    pause(STEP_MS);
  }
}
