// Ports of the host that rules of others lead elsewhere, such as those of another program's containers, for which nobody has
// a socket. Filters of iptables-legacy are not seen.
import { Ip } from '../address/index.ts';
import type { Family } from '../address/index.ts';
import { pass } from '../audit/hook.ts';
import type { Surroundings } from '../audit/hook.ts';
import type { Ruleset } from '../audit/world.ts';
import { isKernelError } from '../netlink/kernel-error.ts';
import type { Chain } from '../netlink/netfilter/chain.ts';
import { listAllRules } from '../netlink/netfilter/rule.ts';
import { listSetContents } from '../netlink/netfilter/set-content.ts';
import { RT_TABLE, RTN } from '../netlink/route/constants.ts';
import { listLinks } from '../netlink/route/link.ts';
import { listRoutes } from '../netlink/route/route.ts';
import type { Route } from '../netlink/route/route.ts';
import { protocols } from '../state/port.ts';
import { foreignChains } from './foreign-chains.ts';
import type { ForeignTaker } from './foreign-chains.ts';
import type { Host } from './host.ts';

/** Somebody outside whom rules do not name (RFC 5737, RFC 3849). */
const outside: Readonly<Record<Family, Ip>> = { 4: Ip.parse('192.0.2.1'), 6: Ip.parse('2001:db8::1') };

/** One that no service has. */
const NO_PORT = 0;

/** Reads what others translate, if anything; an unspecified address stands for all of the host. Throws KernelError. */
export function readForeignRules(host: Host): ForeignTaker {
  const chains = foreignChains(host.netfilter);
  if (chains.length === 0) return () => undefined;
  const ruleset = rulesetOf(host, chains);
  if (ruleset.rules.length === 0) return () => undefined;
  const surroundings = surroundingsOf(host, ruleset);
  return (protocol, address, port) => {
    const called = address.isUnspecified
      ? surroundings.addresses.filter(({ family }) => family === address.family)
      : [address];
    for (const destination of called) {
      const found = taken(surroundings, protocols[protocol], destination, port);
      if (found === undefined) continue;
      // Who takes all that is for an address leaves nobody a port to choose there.
      const isOfAll = found.by === taken(surroundings, protocols[protocol], destination, NO_PORT)?.by;
      if (!isOfAll) return `${found.by}, which leads to ${found.to}`;
    }
    return undefined;
  };
}

function rulesetOf({ netfilter }: Host, chains: readonly Chain[]): Ruleset {
  const named = new Map(chains.map(({ family, table: name }) => [`${family} ${name}`, { family, name }]));
  const parts = [...named.values()].flatMap((table) => {
    try {
      const rules = listAllRules(netfilter, table);
      const asksSets = rules.some(({ expressions }) => expressions.some(({ kind }) => kind === 'lookup'));
      return { rules, sets: asksSets ? listSetContents(netfilter, table) : [] };
    } catch (error) {
      // It goes at this moment, and takes nothing any more.
      if (isKernelError(error, 'ENOENT')) return [];
      throw error;
    }
  });
  const rules = parts.flatMap((part) => part.rules);
  return { tables: [], chains, rules, sets: parts.flatMap((part) => part.sets) };
}

interface HostSurroundings extends Surroundings {
  /** The host's own. */
  readonly addresses: readonly Ip[];
  /** The device that leads outside. */
  readonly uplinks: Readonly<Record<Family, string | undefined>>;
}

function surroundingsOf({ route }: Host, ruleset: Ruleset): HostSurroundings {
  const links = listLinks(route);
  const routes = listRoutes(route);
  const local = routes.filter(({ table, type }) => table === RT_TABLE.LOCAL && type === RTN.LOCAL);
  const whole = { 4: 32, 6: 128 };
  const uplink = (family: Family): string | undefined => {
    const isDefault = ({ dst, table }: Route): boolean =>
      dst.prefix === 0 && dst.family === family && table === RT_TABLE.MAIN;
    const index = routes.find(isDefault)?.oif;
    return links.find((link) => link.index === index)?.ifname;
  };
  return {
    ruleset,
    isLocal: (ip) => local.some(({ dst }) => dst.contains(ip)),
    indexOf: (name) => links.find(({ ifname }) => ifname === name)?.index ?? 0,
    addresses: local.filter(({ dst }) => dst.prefix === whole[dst.family]).map(({ dst }) => dst.first),
    uplinks: { 4: uplink(4), 6: uplink(6) },
  };
}

// What is for loopback comes from the host itself.
function taken(
  surroundings: HostSurroundings,
  protocol: number,
  destination: Ip,
  destinationPort: number,
): { readonly by: string; readonly to: string } | undefined {
  const { family, isLoopback } = destination;
  const ends = isLoopback
    ? { source: destination, oif: 'lo' }
    : { source: outside[family], iif: surroundings.uplinks[family] };
  const { packet, translatedBy } = pass(surroundings, isLoopback ? 'LOCAL_OUT' : 'PRE_ROUTING', {
    ...{ destination, destinationPort, protocol, isTranslated: false },
    ...ends,
  });
  if (translatedBy === undefined) return undefined;
  const text = packet.destination.toString();
  const address = packet.destination.family === 6 ? `[${text}]` : text;
  return { by: translatedBy, to: `${address}:${packet.destinationPort}` };
}
