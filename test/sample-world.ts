// A small host as an audit sees it, for tests of what is concluded: two networks, an uplink, and tsnet's own tables as its
// code asks for them.
import { Cidr, everywhere, InterfaceAddress, Ip } from '../address/index.ts';
import type { Device, Member, Ruleset, Way, World } from '../audit/world.ts';
import { signatureOf } from '../audit/table-flags.ts';
import type { SetElements } from '../firewall/layout.ts';
import { addressTable } from '../firewall/ruleset.ts';
import { elementsOf } from '../firewall/intent.ts';
import { deviceElements } from '../firewall/walls.ts';
import type { Infer } from '../netlink/codec.ts';
import { keyBytes } from '../netlink/netfilter/key.ts';
import { fieldLengths } from '../netlink/netfilter/key.ts';
import type { chainAttributes } from '../netlink/netfilter/chain.ts';
import type { ruleAttributes } from '../netlink/netfilter/rule.ts';
import type { SetContent } from '../netlink/netfilter/set-content.ts';
import { allSets } from '../firewall/sets.ts';

const device = (index: number, name: string, address: string, more: Partial<Device> = {}): Device => ({
  ...{ index, name, kind: 'bridge', isUp: true, isLoopback: false, master: undefined },
  addresses: [InterfaceAddress.parse(address)],
  ...{
    isForwarding: true,
    isLocalnetRouted: false,
    takesAdvice: false,
    isIsolated: false,
    learnsUnseen: false,
  },
  ...more,
});

const way = (destination: string, name: string, isLocal = false): Way => ({
  destination: Cidr.parse(destination),
  device: isLocal ? undefined : name,
  ...{ isLocal, priority: 0 },
});

/** A member of network `name` at 10.<number>.0.<last>, with a web server in it. */
export function member(number: number, last: number, more: Partial<Member> = {}): Member {
  const bridge = `br${number}`;
  return {
    ...{ owner: `n${number}/c${last}/eth0`, network: `n${number}`, device: bridge, plug: bridge },
    ...{ port: `veth${number}${last}`, addresses: [Ip.parse(`10.${number}.0.${last}`)], published: [] },
    ...{
      isMasqueraded: true,
      isConcealed: true,
      closed: [],
      ingress: undefined,
      walls: [],
      guard: undefined,
    },
    sockets: [{ protocol: 'tcp', address: Ip.parse('0.0.0.0'), port: 80, isV6Only: false }],
    ...more,
  };
}

function contentOf(elements: readonly SetElements[]): SetContent[] {
  return allSets().map((set) => ({
    ...{ family: 'inet', table: 'tsnet', name: set.name, isMap: set.data !== undefined },
    isInterval: set.isInterval === true,
    fields: set.key.length > 1 ? fieldLengths(set.key) : [],
    elements: elements
      .filter((one) => one.set.name === set.name)
      .flatMap((one) => one.elements)
      .map(({ key, keyEnd, data, owner }) => ({
        key: keyBytes(set.key, key),
        keyEnd: keyEnd && keyBytes(set.key, keyEnd),
        data: data && set.data ? { value: keyBytes(set.data, data) } : undefined,
        ...{ isEnd: false, comment: owner },
      })),
  }));
}

function rulesetOf(elements: readonly SetElements[]): Ruleset {
  const at = { family: 'inet', table: 'tsnet' } as const;
  const requests = addressTable.base();
  const of = (operation: string) => requests.filter((one) => one.operation === operation);
  return {
    tables: [{ family: 'inet', name: 'tsnet' }],
    chains: of('NFT_MSG_NEWCHAIN').map(({ body }) => {
      const { name = '', hook, type = '', policy = 1 } = body.attributes as Infer<typeof chainAttributes>;
      const base = hook && { type, hook: hook.number ?? 0, priority: hook.priority ?? 0 };
      return { ...at, chain: name, base, policy };
    }),
    rules: of('NFT_MSG_NEWRULE').map(({ body }, index) => {
      const { chain = '', expressions = [], comment } = body.attributes as Infer<typeof ruleAttributes>;
      return { ...at, chain, expressions, comment, handle: BigInt(index) };
    }),
    sets: contentOf(elements),
  };
}

/** The host, with these members in networks 1 and 2, as tsnet would have made it. */
export function sampleWorld(members: readonly Member[]): World {
  const intents = members.map(
    ({ owner, device: bridge, addresses, isMasqueraded, isConcealed, closed, published }) => ({
      ...{ owner, bridge, addresses, isMasqueraded, direct: [], closed, ports: published },
      callers: isConcealed ? closed.map((family) => everywhere[family]) : undefined,
    }),
  );
  const walls = members.flatMap((one) => one.walls.map((wall) => ({ device: one.device, wall })));
  const once = walls.filter((one, index) => {
    return walls.findIndex((other) => other.device === one.device && other.wall === one.wall) === index;
  });
  const elements = [...elementsOf(intents), ...deviceElements({ policies: [], walls: once })];
  const ruleset = rulesetOf(elements);
  const chains = new Map(
    Object.keys(addressTable.ruleCounts).map((name) => [
      name,
      ruleset.rules
        .filter(({ chain }) => chain === name)
        .map(({ comment, expressions }) => signatureOf(comment, expressions)),
    ]),
  );
  const ports = members.map(({ port = '', plug, walls: own }, index) =>
    device(10 + index, port, '169.254.0.1/32', {
      kind: 'veth',
      master: plug,
      addresses: [],
      isIsolated: own.includes('members'),
    }),
  );
  return {
    members,
    unseen: [],
    wanted: [{ table: { family: 'inet', name: 'tsnet' }, chains, elements }],
    kernel: {
      devices: [
        device(1, 'lo', '127.0.0.1/8', { kind: undefined, isLoopback: true }),
        device(2, 'up0', '192.0.2.2/24', { kind: undefined }),
        device(3, 'br1', '10.1.0.1/24'),
        device(4, 'br2', '10.2.0.1/24'),
        ...ports,
      ],
      ways: [
        ...['127.0.0.0/8', '192.0.2.2/32', '10.1.0.1/32', '10.2.0.1/32'].map((text) => way(text, 'lo', true)),
        ...[way('192.0.2.0/24', 'up0'), way('10.1.0.0/24', 'br1'), way('10.2.0.0/24', 'br2')],
        way('0.0.0.0/0', 'up0'),
      ],
      isForwarding6: false,
      isBridgeFiltered: { 4: false, 6: false },
      ruleset,
      sockets: [],
    },
  };
}
