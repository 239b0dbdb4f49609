// What the kernel told of a connection's first packets, as steps that a person can follow.
import { ruleComment, ruleText, verdictText } from '../../netlink/netfilter/text/rule.ts';
import { NFT_VERDICT } from '../../netlink/netfilter/constants.ts';
import type { TraceEvent } from '../../netlink/netfilter/trace.ts';
import { packetText, readPacket } from './packet.ts';
import type { Packet } from './packet.ts';
import { chainKey, hookName, ruleKey } from './watch.ts';
import type { Watch } from './watch.ts';

/** One step of a packet. */
export interface Step {
  /** `begin` and `end` of a hook, a rule that was met to its end, the end of a chain, the policy of a base chain. */
  readonly kind: 'begin' | 'end' | 'rule' | 'return' | 'policy';
  /** The sandbox, or "host". */
  readonly where: string;
  readonly direction: 'there' | 'back';
  readonly hook: string;
  /** As nft names it: family and name. */
  readonly table: string;
  readonly chain: string;
  readonly handle?: string | undefined;
  readonly rule?: string | undefined;
  readonly comment?: string | undefined;
  readonly verdict: string;
  readonly isDropped: boolean;
  /** The rule or policy is tsnet's. */
  readonly isOwn: boolean;
  /** As the last base chain was shown it, with its devices. */
  readonly packet?: Packet | undefined;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  /** What the step made of the packet. */
  translated?: Packet;
}

const MARKER = /^tsnet-trace-\d+$/;
const OWN_TABLE = 'tsnet';
const OWN_NOTE = /^tsnet\b/;

/** Tells which way a packet goes. */
export type Direction = (packet: Packet) => 'there' | 'back';

/** A packet as its chain was shown it, with the devices. */
interface Shown {
  readonly packet: Packet;
  readonly iif: string | undefined;
  readonly oif: string | undefined;
}

/** Goes through the events of one namespace. */
class Journey {
  readonly steps: Step[] = [];
  readonly #watch: Watch;
  readonly #directionOf: Direction;
  /** The packet that each chain saw first: others are sent again, or come later in the same connection. */
  readonly #first = new Map<string, number>();
  /** By packet: which way it goes, and the hook it is at. */
  readonly #directions = new Map<number, Step['direction']>();
  readonly #hooks = new Map<number, string>();
  readonly #shown = new Map<Step['direction'], Shown>();

  constructor(watch: Watch, directionOf: Direction) {
    this.#watch = watch;
    this.#directionOf = directionOf;
  }

  take(event: TraceEvent): void {
    const packet = readPacket(event.networkHeader, event.transportHeader);
    if (packet !== undefined) this.#directions.set(event.packet, this.#directionOf(packet));
    const direction = this.#directions.get(event.packet) ?? 'there';
    const key = `${direction} ${chainKey(event)}`;
    if (!this.#first.has(key)) this.#first.set(key, event.packet);
    if (this.#first.get(key) !== event.packet) return;
    const chain = this.#watch.chains.get(chainKey(event));
    if (chain?.base !== undefined) this.#hooks.set(event.packet, hookName(chain.base.hook));
    if (packet !== undefined) this.#show(event, direction, packet);
    // Of a marker's rules there is nothing to tell: each of its chains ends with its policy.
    if (!MARKER.test(event.table) || event.type === 'policy') this.steps.push(this.#stepOf(event, direction));
  }

  // A chain is shown the packet once. That it has changed since the one before is that one's doing.
  #show({ iif, oif }: TraceEvent, direction: Step['direction'], packet: Packet): void {
    const before = this.#shown.get(direction);
    const isChanged = before !== undefined && packetText(before.packet) !== packetText(packet);
    // On the way back connection tracking undoes what rules have done.
    if (isChanged && direction === 'there') {
      const last = this.steps.findLast((one) => one.direction === direction);
      if (last !== undefined) last.translated = packet;
    }
    const device = (index?: number): string | undefined =>
      index === undefined ? undefined : this.#watch.devices.get(index);
    this.#shown.set(direction, { packet, iif: device(iif), oif: device(oif) });
  }

  #stepOf(event: TraceEvent, direction: Step['direction']): Step {
    const { family, table, chain, type, code, handle, target } = event;
    const isMarker = MARKER.test(table);
    const end = chain.endsWith('-begin') ? 'begin' : 'end';
    const found = handle === undefined ? undefined : this.#watch.rules.get(ruleKey(event, handle));
    const rule = type === 'rule' ? found : undefined;
    const comment = rule && ruleComment(rule);
    return {
      kind: isMarker ? end : type,
      ...{ where: this.#watch.where, direction, hook: this.#hooks.get(event.packet) ?? '' },
      ...{ table: `${family} ${table}`, chain, handle: rule?.handle.toString() },
      ...{ rule: rule && ruleText(rule), comment, verdict: verdictText(code, target) },
      isDropped: code >= 0 && (code & 0xff) === NFT_VERDICT.DROP,
      isOwn: table === OWN_TABLE || OWN_NOTE.test(comment ?? ''),
      ...this.#shown.get(direction),
    };
  }
}

/** The steps in a namespace, in their order. */
export function stepsIn(watch: Watch, directionOf: Direction): Step[] {
  const journey = new Journey(watch, directionOf);
  for (const event of watch.read()) journey.take(event);
  return journey.steps;
}
