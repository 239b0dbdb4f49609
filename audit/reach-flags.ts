// What is reachable, held against what was stated.
import type { Flag, FlagCode } from './flag.ts';
import type { Reach } from './reach.ts';
import type { Member, World } from './world.ts';

const ANEW = 'restore the rules (docs/audit.md), or look at the filters of others that come first';

/** A statement about a member that a way may break. */
interface Statement {
  readonly code: FlagCode;
  readonly mend: string;
  readonly words: string;
  readonly isBroken: (reach: Reach, member: Member) => boolean;
}

function isFromOther({ from }: Reach, { network }: Member): boolean {
  return from.kind === 'network' && from.name !== network;
}

/** A call from outside to an address of its own; that it may be called so on a port that it has published is no matter. */
function isRoutedIn(
  { by, from, address, protocol, port }: Reach,
  { closed, published, walls }: Member,
): boolean {
  if (by !== 'address' || from.kind !== 'outside' || walls.includes('outside')) return false;
  const isPublished = published.some((one) => one.protocol === protocol && one.containerPort === port);
  return !(closed.includes(address.family) && isPublished);
}

const statements: Statement[] = [
  {
    code: 'internal-open',
    words: 'it is stated as internal',
    mend: ANEW,
    isBroken: (reach, member) =>
      member.walls.includes('outside') && (reach.from.kind === 'outside' || isFromOther(reach, member)),
  },
  {
    code: 'isolation-open',
    words: 'it is stated as isolated from other networks',
    mend: ANEW,
    isBroken: (reach, member) =>
      reach.by === 'address' &&
      isFromOther(reach, member) &&
      (member.walls.includes('networks') || (member.ingress ?? 'open') !== 'open'),
  },
  {
    code: 'icc-open',
    words: 'its members are stated not to call each other',
    mend: 'isolate the ports of its bridge (flag port-not-isolated), and restore the rules (docs/audit.md)',
    isBroken: (reach, member) =>
      reach.by === 'address' &&
      reach.from.name === member.network &&
      (member.walls.includes('members') || member.ingress === 'isolated'),
  },
  {
    code: 'concealed-open',
    words: 'it is masqueraded, and nobody outside is to call its addresses',
    mend: ANEW,
    isBroken: (reach, member) => isRoutedIn(reach, member) && member.isMasqueraded && member.isConcealed,
  },
  {
    code: 'direct-routing',
    words: 'it is masqueraded, and yet may be called by whoever routes its addresses by this host',
    mend: 'leave directRouting out (option tsnet.direct_routing), unless it is meant so',
    isBroken: (reach, member) => isRoutedIn(reach, member) && member.isMasqueraded && !member.isConcealed,
  },
  {
    code: 'routed-open',
    words: 'it is not masqueraded, the host forwards, and no filter is in between',
    mend: 'masquerade it (ipMasq), make it internal, or filter on the host',
    isBroken: (reach, { isMasqueraded, walls }) =>
      reach.by === 'address' && reach.from.kind === 'outside' && !isMasqueraded && !walls.includes('outside'),
  },
];

function portText({ protocol, port }: Reach): string {
  return port === undefined ? 'other ports' : `${protocol} ${port}`;
}

function fromText({ from }: Reach): string {
  if (from.kind === 'outside') return `from outside by ${from.name}`;
  return from.kind === 'host' ? 'from the host' : `from network ${from.name}`;
}

// One flag for each network and place that calls; which endpoints, addresses and ports is told in it.
function gather(broken: readonly (readonly [Reach, Member])[], { code, words, mend }: Statement): Flag[] {
  const groups = new Map<string, (readonly [Reach, Member])[]>();
  for (const pair of broken) {
    const key = `network ${pair[1].network} ${fromText(pair[0])}`;
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()].flatMap((pairs) => {
    const [first] = pairs;
    if (first === undefined) return [];
    const isSure = pairs.some(([{ outcome }]) => outcome === 'yes');
    const places = [...new Set(pairs.map(([reach]) => `${reach.address.toString()} ${portText(reach)}`))];
    const more = places.length > 4 ? ` and ${places.length - 4} more` : '';
    const list = `${places.slice(0, 4).join(', ')}${more}`;
    const what = `${words}, but ${list} ${isSure ? 'is' : 'may be'} reachable ${fromText(first[0])}`;
    return [{ code, where: `network ${first[1].network}`, what, mend }];
  });
}

function isLoopbackOnly(reach: Reach, { members }: World): boolean {
  const stated = members
    .flatMap(({ published }) => published)
    .filter(({ protocol, hostPort }) => protocol === reach.protocol && hostPort === reach.port);
  const ofFamily = stated.filter(({ hostIp }) => hostIp.family === reach.address.family);
  return ofFamily.every(
    ({ hostIp }) => hostIp.isLoopback || !(hostIp.isUnspecified || hostIp.equals(reach.address)),
  );
}

function portFlags(open: readonly Reach[], world: World): Flag[] {
  const wider = open.filter(
    (reach) => reach.by === 'published port' && reach.from.kind !== 'host' && isLoopbackOnly(reach, world),
  );
  return wider.map((reach) => ({
    ...{ code: 'port-wider', where: `port ${reach.address.toString()} ${portText(reach)}` },
    what: `no endpoint has published it there, but it leads to ${reach.to.name} ${fromText(reach)}`,
    mend: ANEW,
  }));
}

function hostFlags(open: readonly Reach[]): Flag[] {
  const toHost = open.filter(({ to }) => to.kind === 'host');
  const inner = toHost.filter(({ address }) => address.isLoopback);
  const groups = new Map<string, Set<string>>();
  for (const reach of toHost) {
    if (reach.address.isLoopback || reach.from.kind !== 'network') continue;
    const key = portText(reach);
    groups.set(key, (groups.get(key) ?? new Set()).add(reach.from.name));
  }
  return [
    ...inner.map((reach): Flag => ({
      ...{ code: 'loopback-open', where: `host ${portText(reach)}` },
      what: `it waits at ${reach.address.toString()} alone, but is reachable ${fromText(reach)}`,
      mend: 'switch route_localnet off, or restore the rules (docs/audit.md)',
    })),
    ...[...groups].map(([port, names]): Flag => ({
      ...{ code: 'host-port', where: `host ${port}` },
      what: `it is reachable from containers of network ${[...names].join(', ')}`,
      mend: 'bind the service to an address that containers need not reach, or filter it on the host',
    })),
  ];
}

/** Ways that are open against what was stated. */
export function reachFlags(world: World, ways: readonly Reach[]): Flag[] {
  const members = new Map(world.members.map((member) => [member.owner, member]));
  const open = ways.filter(({ outcome }) => outcome !== 'no');
  const pairs = open.flatMap((reach) => {
    const member = reach.to.kind === 'endpoint' ? members.get(reach.to.name) : undefined;
    return member === undefined ? [] : [[reach, member] as const];
  });
  const leaving = open.flatMap((reach) => {
    const caller = world.members.find(
      ({ network }) => reach.from.kind === 'network' && network === reach.from.name,
    );
    return reach.to.kind === 'outside' && caller?.walls.includes('outside') === true
      ? [[reach, caller] as const]
      : [];
  });
  const [internal] = statements;
  return [
    ...statements.flatMap((one) =>
      gather(
        pairs.filter(([reach, member]) => one.isBroken(reach, member)),
        one,
      ),
    ),
    ...(internal === undefined
      ? []
      : gather(leaving, { ...internal, words: 'it is stated as internal, and calls out' })),
    ...portFlags(open, world),
    ...hostFlags(open),
  ];
}
