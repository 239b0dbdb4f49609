// Makes the endpoints that are on a network be as its definition says, as far as that can change while they are there.
import { keepEgress } from '../firewall/egress-policy.ts';
import { setBridgePort } from '../netlink/route/bridge-port.ts';
import { findLink } from '../netlink/route/link.ts';
import { changeEndpoint } from '../state/endpoint-change.ts';
import type { Changeable } from '../state/endpoint-change.ts';
import type { Endpoint } from '../state/endpoint.ts';
import { withLock } from '../state/lock.ts';
import { findNetwork } from '../state/network.ts';
import type { Network } from '../state/network.ts';
import { keptOf, readKept } from './bridge/kept.ts';
import { learnFromSeen } from './bridge/learning.ts';
import { adoptFilters } from './filter/promise.ts';
import { settleFilters } from './filter/settle.ts';
import type { Host } from './host.ts';
import { hostLinkName } from './interface/names.ts';
import { needingOption } from './kernel-option.ts';
import { membersOf } from './network.ts';
import { networkParts } from './network-request.ts';
import { changedOptions, optionName, readOptions } from './network-options.ts';
import { withNetworks } from './network-store.ts';

/** An endpoint as it was, and as it is to be. */
interface Member {
  readonly before: Endpoint;
  readonly after: Endpoint;
}

/**
 * Records what has become of the endpoints on a network, then makes it so in the kernel: each table in one transaction. Flows
 * that are under way go on. Repeating it is no error. Throws KernelError, TSNET_UNSUPPORTED.
 */
export function followNetwork(host: Host, network: Network): void {
  const members = host.db.transaction(() =>
    membersOf(host, network)
      .filter(({ state }) => state !== 'deleting')
      .map((before): Member => {
        const change = changeOf(before, network);
        changeEndpoint(host.db, change);
        return { before, after: { ...before, ...change } };
      }),
  );
  // Also when the store says that all is so: somebody may have been cut off behind this point.
  if (members.length > 0) settle(host, network, members);
  adoptFilters(host);
  settleFilters(host);
}

/**
 * For who has just joined a network that he read before: when it has been edited meanwhile, the editor may have seen him as he
 * was. Throws as `followNetwork` does.
 */
export function followIfEdited(host: Host, { id, options }: Network): void {
  const now = withNetworks(host, (db) => findNetwork(db, id));
  if (now !== undefined && changedOptions(options, now.options).length > 0) followNetwork(host, now);
}

function changeOf(endpoint: Endpoint, network: Network): Changeable {
  const options = readOptions(network.options);
  const { bridge, egress, port } = networkParts(network, options, false);
  const was = readKept(endpoint);
  const kept = { ...keptOf({ bridge, port, inside: was.inside }), mtu: was.mtu };
  return {
    id: endpoint.id,
    isMasqueraded: options.isMasqueraded,
    egress: egress === undefined ? undefined : keepEgress(egress),
    walls: bridge.walls,
    guard: port?.guard,
    kept: JSON.stringify(kept),
  };
}

function settle(host: Host, { bridge }: Network, members: readonly Member[]): void {
  const endpoints = members.map(({ after }) => after);

  withLock(host.bridgeLock, 'shared', () => {
    const link = findLink(host.route, { ifname: bridge });
    if (link !== undefined && endpoints.some(({ guard }) => guard === 'addresses')) learnFromSeen(host, link);
    for (const endpoint of endpoints) {
      const ifname = hostLinkName(endpoint.id);
      const { isIsolated } = readKept(endpoint).port;
      if (findLink(host.route, { ifname }) !== undefined)
        host.route.request(setBridgePort(ifname, { isIsolated }));
    }
  });
  if (members.some(({ before, after }) => (before.guard ?? after.guard) !== undefined))
    needingOption(optionName('isAntiSpoof'), 'CONFIG_NF_TABLES_BRIDGE', () => {
      host.guard.restore();
    });
  host.firewall.restore();
}
