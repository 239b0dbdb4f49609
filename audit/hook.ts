// A packet at a hook of the kernel: all base chains that hang there, whosever they are.
import type { Family, Ip } from '../address/index.ts';
import { NF_INET, NFT_VERDICT } from '../netlink/netfilter/constants.ts';
import type { Chain } from '../netlink/netfilter/chain.ts';
import type { PlacedRule } from '../netlink/netfilter/rule.ts';
import { noteOf } from '../firewall/accept-rules.ts';
import { step } from './expression.ts';
import type { Packet } from './packet.ts';
import type { Place } from './place.ts';
import { Registers } from './registers.ts';
import type { Ruleset } from './world.ts';

/** What a hook knows of its host. */
export interface Surroundings {
  readonly ruleset: Ruleset;
  readonly isLocal: (ip: Ip) => boolean;
  readonly indexOf: (device: string) => number;
}

/** How a packet comes out of a hook. */
export interface Passage {
  readonly packet: Packet;
  /** What has dropped it, in words. */
  readonly droppedBy?: string | undefined;
  /** The rule that has changed its destination, in words. */
  readonly translatedBy?: string | undefined;
  /** Rules of which nobody can tell whether they are for this packet, and that would decide about it, in words. */
  readonly doubts: readonly string[];
}

type Outcome = 'accept' | 'drop' | 'end';

interface Walk {
  packet: Packet;
  droppedBy: string | undefined;
  translatedBy: string | undefined;
  readonly doubts: string[];
  readonly base: Chain;
  readonly surroundings: Surroundings;
  readonly isTracked: boolean;
}

/** Connection tracking stands here (NF_IP_PRI_CONNTRACK). */
const CONNTRACK = -200;
/** How deep the kernel lets chains call each other (NFT_JUMP_STACK_SIZE). */
const DEPTH = 16;

/** A chain in the words of nft. */
export function chainText({ family, table, chain }: Pick<Chain, 'family' | 'table' | 'chain'>): string {
  return `chain ${chain} of table ${family} ${table}`;
}

function ruleText(rule: PlacedRule): string {
  const note = noteOf(rule);
  const name = note === undefined ? `rule with handle ${rule.handle}` : `rule "${note}"`;
  return `${name} in ${chainText(rule)}`;
}

const rulesByChain = new WeakMap<Ruleset, Map<string, PlacedRule[]>>();

// A ruleset is gone through many times, and may have thousands of rules.
function rulesIn(ruleset: Ruleset, chain: Parameters<typeof chainText>[0]): readonly PlacedRule[] {
  let byChain = rulesByChain.get(ruleset);
  if (byChain === undefined) {
    byChain = new Map();
    for (const rule of ruleset.rules) {
      const own = byChain.get(chainText(rule));
      if (own === undefined) byChain.set(chainText(rule), [rule]);
      else own.push(rule);
    }
    rulesByChain.set(ruleset, byChain);
  }
  return byChain.get(chainText(chain)) ?? [];
}

function goInto(walk: Walk, chain: string, depth: number): Outcome {
  const { family, table } = walk.base;
  if (depth > DEPTH) return 'end';
  for (const rule of rulesIn(walk.surroundings.ruleset, { family, table, chain })) {
    const outcome = tryRule(walk, rule, depth);
    if (outcome === 'return') return 'end';
    if (outcome !== 'on') return outcome;
  }
  return 'end';
}

function placeOf(walk: Walk): Place {
  const { base, surroundings, packet, isTracked } = walk;
  const { ruleset, isLocal, indexOf } = surroundings;
  const setNamed = (name: string) =>
    ruleset.sets.find((set) => set.family === base.family && set.table === base.table && set.name === name);
  return { packet, registers: new Registers(), isTracked, setNamed, isLocal, indexOf };
}

function tryRule(walk: Walk, rule: PlacedRule, depth: number): Outcome | 'on' | 'return' {
  const place = placeOf(walk);
  let isDoubtful = false;
  for (const expression of rule.expressions) {
    const done = step(place, expression);
    if (done === 'over') return 'on';
    if (done === 'unknown') isDoubtful = true;
    if (done === 'on' || done === 'unknown') continue;
    if (isDoubtful) break;
    if (typeof done === 'string') return decided(walk, rule, done === 'accepted' ? 'accept' : 'drop');
    if ('translated' in done) {
      const { destination, port } = done.translated;
      walk.packet = { ...walk.packet, destination, destinationPort: port, isTranslated: true };
      walk.translatedBy = ruleText(rule);
      return 'accept';
    }
    const { code, chain = '' } = done.verdict;
    if (code === NFT_VERDICT.ACCEPT) return 'accept';
    if (code === NFT_VERDICT.DROP) return decided(walk, rule, 'drop');
    if (code === NFT_VERDICT.RETURN) return 'return';
    const outcome = goInto(walk, chain, depth + 1);
    if (outcome !== 'end') return outcome;
    if (code === NFT_VERDICT.GOTO) return 'return';
  }
  // What only loads, counts or marks is no matter of doubt.
  const isDeciding = rule.expressions.some(({ kind }) =>
    ['immediate', 'nat', 'masq', 'target', 'other:reject', 'other:queue'].includes(kind),
  );
  if (isDoubtful && isDeciding) walk.doubts.push(ruleText(rule));
  return 'on';
}

function decided(walk: Walk, rule: PlacedRule, outcome: 'accept' | 'drop'): Outcome {
  if (outcome === 'drop') walk.droppedBy = ruleText(rule);
  return outcome;
}

function chainsAt({ chains }: Ruleset, hook: keyof typeof NF_INET, family: Family): Chain[] {
  const families = ['inet', family === 4 ? 'ip' : 'ip6'];
  return chains
    .filter((chain) => families.includes(chain.family) && chain.base?.hook === NF_INET[hook])
    .sort((a, b) => (a.base?.priority ?? 0) - (b.base?.priority ?? 0));
}

/** Sends a packet through a hook. */
export function pass(surroundings: Surroundings, hook: keyof typeof NF_INET, packet: Packet): Passage {
  let current = packet;
  let translatedBy: string | undefined;
  const doubts: string[] = [];
  for (const base of chainsAt(surroundings.ruleset, hook, packet.source.family)) {
    const isNat = base.base?.type === 'nat';
    // The first who translates a connection does it for all.
    if (isNat && translatedBy !== undefined) continue;
    const isTracked = (base.base?.priority ?? 0) > CONNTRACK;
    const walk: Walk = {
      ...{ packet: current, droppedBy: undefined, translatedBy, doubts },
      ...{ base, surroundings, isTracked },
    };
    const outcome = goInto(walk, base.chain, 0);
    translatedBy = walk.translatedBy;
    current = walk.packet;
    if (outcome === 'drop') return { packet: current, droppedBy: walk.droppedBy, doubts };
    if (outcome === 'end' && base.policy === NFT_VERDICT.DROP)
      return { packet: current, droppedBy: `the policy of ${chainText(base)}`, doubts };
  }
  return { packet: current, translatedBy, doubts };
}
