// Where a packet was lost that no rule has dropped.
import type { Ip } from '../../address/index.ts';
import { listNeighbours } from '../../netlink/route/neighbour.ts';
import { findRoute } from '../../netlink/route/route.ts';
import { HERE } from '../../native/index.ts';
import { openIfPresent } from '../../netns/namespace.ts';
import { readSysctl } from '../../netns/sysctl.ts';
import type { Evidence } from './conclusion.ts';
import type { Step } from './journey.ts';
import type { Watch } from './watch.ts';

/** NUD_INCOMPLETE and NUD_FAILED (linux/neighbour.h). */
const UNANSWERED = 0x01 | 0x20;

function setting(watch: Watch, ...key: string[]): string | undefined {
  using namespace = watch.netns === undefined ? undefined : openIfPresent(watch.netns);
  return readSysctl(namespace?.fd ?? HERE, key);
}

/** The neighbour that was asked for and does not answer. */
function silentNeighbour({ route, devices }: Watch, destination: Ip): string | undefined {
  const gateway = findRoute(route, destination)?.gateway;
  const next = gateway ?? destination;
  const found = listNeighbours(route).find(
    ({ dst, state, address }) => dst.equals(next) && (state & UNANSWERED) !== 0 && address === undefined,
  );
  if (found === undefined) return undefined;
  const way = next.family === 4 ? 'ARP' : 'neighbour discovery';
  return `nobody answers for ${next.toString()} on ${devices.get(found.index) ?? 'its device'} (${way})`;
}

// Between prerouting and the next hook there is nothing but the kernel's choice of a route.
function whyNotRouted(watch: Watch, { packet, iif = 'all' }: Step): string {
  const { where } = watch;
  if (packet === undefined) return `lost in ${where} when it was to be routed`;
  const { source, destination } = packet;
  const family = `ipv${destination.family}`;
  const device = destination.family === 4 ? iif : 'all';
  const forwarding = setting(watch, family, 'conf', device, 'forwarding');
  const route = findRoute(watch.route, destination);
  if (route === undefined) return `${where} has no route to ${destination.toString()}`;
  if (forwarding === '0') return `${where} does not forward (net.${family}.conf.${device}.forwarding is 0)`;
  const checks = ['all', iif].map((one) => Number(setting(watch, 'ipv4', 'conf', one, 'rp_filter') ?? 0));
  if (destination.family === 4 && Math.max(...checks) > 0)
    return `${where} refuses the source ${source.toString()} on ${iif} (rp_filter ${Math.max(...checks)})`;
  return `${where} does not take it from ${iif} for ${destination.toString()} (a prohibiting route, or an address that may not come from there)`;
}

function whyNotArrived({ question, watches }: Evidence, watch: Watch, { packet, oif, where }: Step): string {
  const silent = packet && silentNeighbour(watch, packet.destination);
  if (silent !== undefined) return silent;
  const by = oif === undefined ? '' : ` by ${oif}`;
  const isSeen = watches.some((one) => one.where === question.to.name && one !== watch);
  if (isSeen) return `it left ${where}${by} and did not arrive in ${question.to.name}`;
  return `it left ${where}${by}, and nothing came back`;
}

/**
 * How far packets came. A frame that is for the bridge itself goes on as a packet, which the last step of has to tell
 * then; one that is passed on between two ports may have no other steps than those of frames.
 */
export function farthest(steps: readonly Step[]): Step | undefined {
  const there = steps.filter(({ direction }) => direction === 'there');
  const last = there.at(-1);
  return there.findLast(({ where, table }) => where === last?.where && !table.startsWith('bridge ')) ?? last;
}

/** The reason, as far as it can be told. `errno` is what the sender was told, if it was. */
export function whyLost(evidence: Evidence, errno?: string): string {
  const { question, steps, watches } = evidence;
  const back = steps.findLast(({ direction }) => direction === 'back');
  if (back !== undefined) return `an answer was sent, and lost behind ${back.hook} in ${back.where}`;
  const last = farthest(steps);
  const watch = watches.find(({ where }) => where === last?.where);
  if (last === undefined || watch === undefined) {
    const told = errno === undefined ? '' : ` (${errno})`;
    return `no route: ${question.from.name} has no way to ${question.destination.toString()}${told}`;
  }
  if (last.kind !== 'end')
    return `lost in ${last.where} inside of hook ${last.hook}, by something that nf_tables does not tell of`;
  if (last.hook === 'prerouting') return whyNotRouted(watch, last);
  if (last.hook === 'postrouting') return whyNotArrived(evidence, watch, last);
  if (last.hook === 'input') return `it arrived in ${last.where}, which did not answer`;
  return `lost in ${last.where} behind hook ${last.hook}`;
}
