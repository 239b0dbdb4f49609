// Conclusions from worlds that are written down; test/netns/audit.test.ts has them from real ones.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Ip } from '../address/index.ts';
import { member, sampleWorld } from '../test/sample-world.ts';
import { audit } from './audit.ts';
import { flagCodes } from './flag.ts';
import type { Reach } from './reach.ts';
import type { Device, Kernel, Member, Ruleset, World } from './world.ts';

function text({ from, address, port, outcome }: Reach): string {
  return `${from.name} -> ${address.toString()}:${port ?? '*'} ${outcome}`;
}

function ways(world: World): string[] {
  return audit(world).ways.map(text);
}

function codes(world: World): string[] {
  return [...new Set(audit(world).flags.map(({ code }) => code))].sort();
}

function withKernel(world: World, change: Partial<Kernel>): World {
  return { ...world, kernel: { ...world.kernel, ...change } };
}

function withRuleset(world: World, change: Partial<Ruleset>): World {
  return withKernel(world, { ruleset: { ...world.kernel.ruleset, ...change } });
}

function withDevice(world: World, name: string, change: Partial<Device>): World {
  const devices = world.kernel.devices.map((one) => (one.name === name ? { ...one, ...change } : one));
  return withKernel(world, { devices });
}

function withoutElements(world: World, ...names: string[]): World {
  const { sets } = world.kernel.ruleset;
  return withRuleset(world, {
    sets: sets.map((set) => (names.includes(set.name) ? { ...set, elements: [] } : set)),
  });
}

const web: Member['published'] = [
  {
    ...{ protocol: 'tcp', hostIp: Ip.parse('0.0.0.0'), hostPort: 8080 },
    ...{ containerIp: Ip.parse('10.1.0.2'), containerPort: 80 },
  },
];

it('has every flag in its documentation', () => {
  const text = readFileSync(new URL('../docs/audit.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  expect(listed.filter((code) => code !== 'host').toSorted()).toEqual([...flagCodes].sort());
});

describe('masqueraded networks', () => {
  const world = sampleWorld([member(1, 2, { published: web }), member(1, 3), member(2, 2)]);

  it('are reached by the host, by members and by each other, from outside by published ports alone', () => {
    expect(ways(world)).toEqual(
      expect.arrayContaining([
        'host -> 10.1.0.2:80 yes',
        'host -> 127.0.0.1:8080 yes',
        'n1 -> 10.1.0.2:80 yes',
        'n1 -> 10.1.0.3:* yes',
        'n2 -> 10.1.0.2:80 yes',
        'n2 -> 10.2.0.1:8080 yes',
        'n1 -> 192.0.2.1:* yes',
        'up0 -> 10.1.0.2:80 no',
        'up0 -> 10.1.0.3:* no',
        'up0 -> 192.0.2.2:8080 yes',
      ]),
    );
    // A network with one member has nobody to call it from inside.
    expect(ways(world).some((one) => one.startsWith('n2 -> 10.2.0.2'))).toBe(false);
    expect(codes(world)).toEqual([]);
  });

  it('tell where a published port leads, and whether somebody waits there', () => {
    const [way] = audit(world).ways.filter(({ by, from }) => by === 'published port' && from.name === 'up0');
    expect(way).toMatchObject({ to: { name: 'n1/c2/eth0' }, endpointPort: 80, isServed: true });
  });

  it('are not reached from outside where nothing is forwarded', () => {
    const off = withDevice(world, 'up0', { isForwarding: false });
    expect(ways(off)).toContain('up0 -> 192.0.2.2:8080 no');
  });

  it('are open to who routes to them once that is not refused any more', () => {
    expect(codes(withoutElements(world, 'concealed4'))).toEqual(['concealed-open', 'elements-missing']);
    const routable = sampleWorld([member(1, 2, { isConcealed: false })]);
    expect(codes(routable)).toEqual(['direct-routing']);
    expect(codes(sampleWorld([member(1, 2, { isMasqueraded: false, isConcealed: false })]))).toEqual([
      'routed-open',
    ]);
  });

  it('that are routed are called from outside on the ports that they have published', () => {
    const routed = sampleWorld([
      member(1, 2, { published: web, closed: [4] }),
      member(1, 3, { closed: [4] }),
    ]);
    expect(ways(routed)).toEqual(
      expect.arrayContaining(['up0 -> 10.1.0.2:80 yes', 'up0 -> 10.1.0.3:80 no', 'n1 -> 10.1.0.3:80 yes']),
    );
    expect(codes(routed)).toEqual([]);
    expect(codes(withoutElements(routed, 'closed4'))).toEqual(['concealed-open', 'elements-missing']);
  });

  it('without their table: what is missing, and what that opens', () => {
    const bare = withRuleset(world, { tables: [], chains: [], rules: [], sets: [] });
    expect(codes(bare)).toEqual(['concealed-open', 'table-missing']);
    expect(ways(bare)).toContain('up0 -> 192.0.2.2:8080 no');
  });
});

describe('networks that keep to themselves', () => {
  it('isolated ones are called by no other; without the elements they are', () => {
    const world = sampleWorld([member(1, 2, { walls: ['networks'] }), member(2, 2)]);
    expect(ways(world)).toEqual(
      expect.arrayContaining(['n2 -> 10.1.0.2:80 no', 'n1 -> 10.2.0.2:80 no', 'host -> 10.1.0.2:80 yes']),
    );
    expect(codes(world)).toEqual([]);
    expect(codes(withoutElements(world, 'isolated', 'guarded', 'neighbours'))).toEqual([
      'elements-missing',
      'isolation-open',
    ]);
  });

  it('internal ones neither call nor are called; without the elements they do both', () => {
    const plain = { isMasqueraded: false, isConcealed: false };
    const world = sampleWorld([member(1, 2, { ...plain, walls: ['outside'] }), member(2, 2)]);
    expect(ways(world)).toEqual(
      expect.arrayContaining(['up0 -> 10.1.0.2:80 no', 'n1 -> 192.0.2.1:* no', 'n2 -> 10.1.0.2:80 no']),
    );
    expect(codes(world)).toEqual([]);
    const open = audit(withoutElements(world, 'internal')).flags;
    expect(open.filter(({ code }) => code === 'internal-open')).toHaveLength(3);
  });

  it('members apart do not call each other; a port that is not isolated is told', () => {
    const world = sampleWorld([member(1, 2, { walls: ['members'] }), member(1, 3, { walls: ['members'] })]);
    expect(ways(world)).toEqual(expect.arrayContaining(['n1 -> 10.1.0.2:80 no', 'n1 -> 10.1.0.3:80 no']));
    expect(codes(world)).toEqual([]);
    expect(codes(withDevice(world, 'veth12', { isIsolated: false }))).toEqual([
      'icc-open',
      'port-not-isolated',
    ]);
    expect(codes(withoutElements(world, 'apart'))).toEqual(['elements-missing', 'icc-open']);
  });
});

describe('filters of others', () => {
  const world = sampleWorld([member(1, 2, { isMasqueraded: false, isConcealed: false })]);
  const at = { family: 'ip', table: 'theirs', chain: 'gate' } as const;
  const drop = { kind: 'immediate', data: { register: 0, data: { verdict: { code: 0 } } } } as const;
  const forward = { type: 'filter', hook: 2, priority: 0 };

  function filtered(policy: number, ...rules: Ruleset['rules']): World {
    const { ruleset } = world.kernel;
    return withRuleset(world, {
      chains: [...ruleset.chains, { ...at, base: forward, policy }],
      rules: [...ruleset.rules, ...rules],
    });
  }

  it('a policy of drop closes what tsnet leaves open', () => {
    expect(ways(world)).toContain('up0 -> 10.1.0.2:80 yes');
    expect(ways(filtered(0))).toContain('up0 -> 10.1.0.2:80 no');
    expect(codes(filtered(0))).toEqual([]);
  });

  it('a rule that cannot be read leaves a doubt, unless it is not for the packet or decides nothing', () => {
    const unread = { kind: 'other:osf' } as const;
    const load = { kind: 'meta', data: { register: 8, key: 7 } } as const;
    const other = {
      kind: 'cmp',
      data: { register: 8, operation: 0, data: { value: Buffer.from('eth9\0') } },
    } as const;
    const rule = { ...at, handle: 7n, comment: undefined };
    expect(ways(filtered(1, { ...rule, expressions: [unread, drop] }))).toContain(
      'up0 -> 10.1.0.2:80 perhaps',
    );
    expect(ways(filtered(1, { ...rule, expressions: [unread, load, other, drop] }))).toContain(
      'up0 -> 10.1.0.2:80 yes',
    );
    expect(ways(filtered(1, { ...rule, expressions: [unread] }))).toContain('up0 -> 10.1.0.2:80 yes');
  });
});

describe('services of the host', () => {
  const address = (ip: string) =>
    ({ protocol: 'tcp', address: Ip.parse(ip), port: 22, isV6Only: false }) as const;
  const world = sampleWorld([member(1, 2)]);

  it('are flagged where containers get to them', () => {
    const open = withKernel(world, { sockets: [address('0.0.0.0')] });
    expect(audit(open).flags).toMatchObject([{ code: 'host-port', where: 'host tcp 22' }]);
    expect(codes(withKernel(world, { sockets: [address('192.0.2.2')] }))).toEqual(['host-port']);
    expect(codes(withKernel(world, { sockets: [address('127.0.0.1')] }))).toEqual([]);
  });

  it('are on loopback for the host alone, unless the kernel lets others in and no rule is left', () => {
    const inner = withKernel(world, { sockets: [address('127.0.0.1')] });
    expect(codes(withDevice(inner, 'br1', { isLocalnetRouted: true }))).toEqual(['route-localnet']);
    const rules = world.kernel.ruleset.rules.filter(({ chain }) => chain !== 'raw');
    const open = withRuleset(withDevice(inner, 'br1', { isLocalnetRouted: true }), { rules });
    expect(codes(open)).toEqual(['concealed-open', 'loopback-open', 'route-localnet', 'table-damaged']);
  });
});
