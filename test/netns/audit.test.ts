// What `tsnet audit` tells, held against real connections; and each flag, provoked by hand.
import { describe, expect } from 'vitest';
import { Cli } from './cli.ts';
import type { Cni } from './cni.ts';
import { bridgeConfig, test as base } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { answers } from './reach.ts';

interface Place {
  readonly kind: string;
  readonly name: string;
}

interface Way {
  readonly from: Place;
  readonly to: Place;
  readonly address: string;
  readonly protocol: string;
  readonly port?: number;
  readonly by: string;
  readonly outcome: string;
  readonly why?: string;
}

interface Flag {
  readonly code: string;
  readonly where: string;
  readonly what: string;
  readonly mend: string;
}

interface Report {
  readonly networks: readonly string[];
  readonly ways: readonly Way[];
  readonly flags: readonly Flag[];
}

const test = base.extend<{ cli: Cli }>({
  cli: [
    async ({ lab }, use) => {
      lab.addOutside();
      lab.shell(
        OUTSIDE.name,
        `ip route add 10.0.0.0/8 via ${OUTSIDE[4].host}; ip -6 route add fd00::/8 via ${OUTSIDE[6].host}`,
      );
      const cli = new Cli(lab);
      await use(cli);
      await cli.endAll();
    },
    { auto: true },
  ],
});

type Keys = Readonly<Record<string, unknown>>;

/** The networks 1, 2, 3: bridges cni1 and so on, subnets 10.1.0.0/24 and fd00:1::/64 and so on. */
function network(number: number, keys: Keys = {}): Record<string, unknown> {
  const ranges = [[{ subnet: `10.${number}.0.0/24` }], [{ subnet: `fd00:${number}::/64` }]];
  const ipam = { type: 'host-local', ranges };
  return bridgeConfig({ name: `net${number}`, bridge: `cni${number}`, ipam, ...keys });
}

function audit(cli: Cli): Report {
  const { status, stdout, stderr } = cli.attempt('audit', '--format', 'json');
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as Report;
  expect(status).toBe(report.flags.length > 0 ? 1 : 0);
  return report;
}

function codes(cli: Cli): string[] {
  return [...new Set(audit(cli).flags.map(({ code }) => code))].sort();
}

const web = { containerPort: 80, protocol: 'tcp' };
const published = {
  runtimeConfig: {
    portMappings: [
      { ...web, hostPort: 8080 },
      { ...web, hostPort: 8081, hostIP: '127.0.0.1' },
    ],
  },
};
const internal = { internal: true, ipMasq: false, isGateway: true, isDefaultGateway: false };

/** Containers a1, a2 of network 1 and so on; whatever a container may do to its own routes is done. */
async function attachAll(lab: Lab, cni: Cni, networks: Readonly<Record<string, Record<string, unknown>>>) {
  for (const [name, config] of Object.entries(networks)) {
    cni.add(name, config);
    const number = String(config['name']).slice('net'.length);
    lab.shell(
      name,
      `ip route replace default via 10.${number}.0.1; ip -6 route replace default via fd00:${number}::1`,
    );
    await lab.serve(name, 80);
  }
}

function containerOf(name: string): string {
  return name.split('/')[1] ?? '';
}

describe('what is reachable', () => {
  test('a way that it tells of is open, and one that it calls closed is not', async ({ lab, cni, cli }) => {
    const plain = network(1);
    await attachAll(lab, cni, {
      a1: { ...plain, ...published },
      a2: plain,
      b1: network(2, { isolation: true }),
      b2: network(2, { isolation: true }),
      c1: network(3, internal),
      c2: network(3, internal),
      d1: network(4, { ipMasq: false, icc: false }),
      d2: network(4, { ipMasq: false, icc: false }),
    });
    await lab.serve(HOST, 7000);
    await lab.serve(HOST, 7001, HOST, '127.0.0.1');
    lab.shell(HOST, `nft -f - <<'RULES'
      table ip theirs {
        chain gate {
          type filter hook forward priority -10; policy accept;
          ip saddr 10.2.0.0/24 ip daddr 10.4.0.0-10.4.0.3 tcp dport { 80, 443 } counter drop
        }
      }
RULES`);
    if (process.env['SHOW'] !== undefined) console.log(cli.attempt('audit').stdout);
    const report = audit(cli);
    expect(report.networks).toEqual(['net1', 'net2', 'net3', 'net4']);
    const asked = report.ways.filter(({ protocol, port }) => protocol === 'tcp' && port !== undefined);
    expect(asked.length).toBeGreaterThan(80);
    const members = { net1: ['a1', 'a2'], net2: ['b1', 'b2'], net3: ['c1', 'c2'], net4: ['d1', 'd2'] };
    const callerOf = ({ from, to }: Way): string => {
      if (from.kind === 'host') return HOST;
      if (from.kind === 'outside') return OUTSIDE.name;
      const own = members[from.name as keyof typeof members];
      return own.find((name) => name !== containerOf(to.name)) ?? '';
    };
    const wrong: unknown[] = [];
    for (let at = 0; at < asked.length; at += 6) {
      await Promise.all(
        asked.slice(at, at + 6).map(async (way) => {
          const { address, port = 0, outcome } = way;
          // A container has a loopback of its own, and so has who is outside.
          if ((address.startsWith('127.') || address === '::1') && way.from.kind !== 'host') {
            if (outcome !== 'no') wrong.push(way);
            return;
          }
          const isOpen = await answers(lab, callerOf(way), { address, port }, outcome === 'yes');
          if (outcome !== (isOpen ? 'yes' : 'no')) wrong.push({ isOpen, ...way });
        }),
      );
    }
    expect(wrong).toEqual([]);
    for (const kind of ['host', 'network', 'outside'])
      for (const outcome of ['yes', 'no'])
        if (!(kind === 'host' && outcome === 'no'))
          expect(asked.some((way) => way.from.kind === kind && way.outcome === outcome)).toBe(true);
    lab.exec(HOST, ['nft', 'delete table ip theirs']);
  }, 120_000);
});
