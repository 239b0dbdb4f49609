// What rules of others refuse of the networks' traffic: found by following it through them.
import type { Reach } from '../../audit/reach.ts';
import { reaches } from '../../audit/reach.ts';
import type { World } from '../../audit/world.ts';
import type { Finding } from './finding.ts';

/** Where a way ends, by the words that an audit has for it. */
const CHAIN = /chain (\S+) of table (\S+) (\S+)$/;

/** What came of following the traffic of the networks. */
export interface Followed {
  readonly findings: readonly Finding[];
  /** There is some, and all of it gets through. */
  readonly isAllThrough: boolean;
}

/** Follows what goes out of the networks, and in to their published ports. */
export function followOutside(world: World): Followed {
  const ways = reaches(world).flatMap((way) => {
    const device = deviceOf(world, way);
    return device === undefined ? [] : [{ way, device }];
  });
  const findings = ways.flatMap(({ way, device }) => findingOf(way, device));
  return {
    findings: [...new Map(findings.map((one) => [`${one.where} ${one.what}`, one])).values()],
    isAllThrough: ways.length > 0 && ways.every(({ way }) => way.outcome === 'yes'),
  };
}

function deviceOf({ members }: World, { from, to, by }: Reach): string | undefined {
  if (from.kind === 'network' && to.kind === 'outside')
    return members.find(({ network }) => network === from.name)?.device;
  if (from.kind !== 'outside' || by !== 'published port') return undefined;
  return members.find(({ owner }) => owner === to.name)?.device;
}

function findingOf({ from, to, port, protocol, outcome, why = '' }: Reach, device: string): Finding[] {
  const [, chain, family, table] = CHAIN.exec(why) ?? [];
  // What tsnet itself refuses is wanted so.
  if (outcome === 'yes' || chain === undefined || family === undefined || table === undefined) return [];
  if (table === 'tsnet') return [];
  const what =
    to.kind === 'outside'
      ? `what network ${plain(from.name)} sends outside by ${to.name}`
      : `what comes from outside by ${from.name} to ${plain(to.name)}, published at ${protocol} port ${port ?? ''}`;
  const common = { code: 'firewall-refuses', where: why } as const;
  if (outcome === 'perhaps')
    return [
      {
        ...common,
        severity: 'note',
        what: `it may refuse ${what}: its rules are not all understood`,
        mend: 'tsnet trace <sandbox> <address> tells what becomes of it',
      },
    ];
  const mend = `let it pass there: ${commandsFor({ chain, family, table }, device)}`;
  return [{ ...common, severity: 'problem', what: `it refuses ${what}`, mend }];
}

function plain(name: string): string {
  return name.replace(/^tsnet:/, '');
}

// A rule at the head of the chain, for either direction.
function commandsFor(
  { chain, family, table }: Readonly<Record<'chain' | 'family' | 'table', string>>,
  device: string,
): string {
  if (table === 'filter' && ['ip', 'ip6'].includes(family)) {
    const tool = family === 'ip' ? 'iptables' : 'ip6tables';
    return ['-i', '-o'].map((way) => `${tool} -I ${chain} ${way} ${device} -j ACCEPT`).join('; ');
  }
  return ['iifname', 'oifname']
    .map((way) => `nft insert rule ${family} ${table} ${chain} ${way} ${device} accept`)
    .join('; ');
}
