// What `tsnet audit` tells, held against real connections; and each flag, provoked by hand.
import { describe, expect } from 'vitest';
import type { Cli } from './cli.ts';
import type { Cni } from './cni.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { answers } from './reach.ts';
import { network, test } from './routed-fixture.ts';

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
    lab.shell(
      HOST,
      `nft -f - <<'RULES'
      table ip theirs {
        chain gate {
          type filter hook forward priority -10; policy accept;
          ip saddr 10.1.0.0/24 ip daddr 10.4.0.0-10.4.0.2 tcp dport { 80, 443 } counter drop
        }
      }
RULES`,
    );
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

describe('what is flagged', () => {
  const networks = {
    a1: { ...network(1), ...published },
    b1: network(2, { isolation: true, antiSpoof: true }),
    c1: network(3, internal),
    c2: network(3, internal),
    d1: network(4, { icc: false }),
    d2: network(4, { icc: false }),
  };

  const portsOf4 = "ip -br link show master cni4 | sed 's/[@ ].*//'";

  /** Damages a person may do, how to take each back, and what it has to be flagged as. */
  const damages: readonly (readonly [what: string, damage: string, repair: string, ...codes: string[]])[] = [
    [
      'a table that is gone',
      'nft delete table inet tsnet',
      '',
      ...['concealed-open', 'icc-open', 'internal-open', 'isolation-open', 'loopback-open', 'table-missing'],
    ],
    ['the table of sources that is gone', 'nft delete table bridge tsnet', '', 'table-missing'],
    ['rules that are gone', 'nft flush chain inet tsnet postrouting', '', 'table-damaged'],
    ["a rule that is somebody else's", 'nft insert rule inet tsnet postrouting counter', '', 'table-damaged'],
    [
      'an isolated network that is not',
      'nft delete element inet tsnet isolated { cni2 }; nft delete element inet tsnet guarded { cni2 }',
      '',
      ...['elements-missing', 'isolation-open'],
    ],
    [
      'an internal network that is open',
      'nft delete element inet tsnet internal { cni3 }',
      '',
      ...['elements-missing', 'internal-open'],
    ],
    [
      'an address that may be routed to',
      'nft delete element inet tsnet concealed4 { 10.1.0.2 }',
      '',
      ...['concealed-open', 'elements-missing'],
    ],
    [
      'a port of loopback, on every address',
      'nft add element inet tsnet any_ports4 { tcp . 8081 : 10.1.0.2 . 80 }',
      '',
      ...['elements-extra', 'port-wider'],
    ],
    ["a source that is nobody's", 'nft add element bridge tsnet guarded { lost }', '', 'elements-extra'],
    [
      'a port of a bridge that is not isolated',
      `${portsOf4} | head -n 1 | xargs -I{} bridge link set dev {} isolated off`,
      `${portsOf4} | xargs -I{} bridge link set dev {} isolated on`,
      ...['icc-open', 'port-not-isolated'],
    ],
    [
      'loopback let in where no port is published',
      'echo 1 > /proc/sys/net/ipv4/conf/cni2/route_localnet',
      'echo 0 > /proc/sys/net/ipv4/conf/cni2/route_localnet',
      'route-localnet',
    ],
    [
      'router advertisements',
      'echo 2 > /proc/sys/net/ipv6/conf/cni1/accept_ra',
      'echo 0 > /proc/sys/net/ipv6/conf/cni1/accept_ra',
      'accept-ra',
    ],
    [
      'a bridge that learns from what no rule sees',
      'ip link set dev cni2 type bridge no_linklocal_learn 0',
      'ip link set dev cni2 type bridge no_linklocal_learn 1',
      'learns-unseen',
    ],
    [
      'a way in that somebody else has made',
      'nft "table ip theirs { chain in { type nat hook prerouting priority -100; tcp dport 9000 dnat to 10.1.0.2:80; }; }"',
      'nft delete table ip theirs',
      'foreign-dnat',
    ],
    [
      'somebody else who lets pass',
      'nft "table ip theirs { chain go { type filter hook forward priority 0; oifname cni1 accept; }; }"',
      'nft delete table ip theirs',
      'foreign-accept',
    ],
    [
      'a service of the host on loopback that outside gets to',
      'nft flush chain inet tsnet raw; echo 1 > /proc/sys/net/ipv4/conf/up0/route_localnet',
      'echo 0 > /proc/sys/net/ipv4/conf/up0/route_localnet',
      ...['concealed-open', 'loopback-open', 'port-wider', 'table-damaged'],
    ],
  ];

  test('each damage, until it is mended as it is told', async ({ lab, cni, cli }) => {
    for (const [name, config] of Object.entries(networks)) cni.add(name, config);
    await lab.serve(HOST, 7001, HOST, '127.0.0.1');
    expect(audit(cli).flags).toEqual([]);
    // As docs/audit.md has it.
    const nobody = { cniVersion: '1.1.0', name: 'nobody', type: 'bridge', 'cni.dev/valid-attachments': [] };
    const found: unknown[] = [];
    for (const [what, damage, repair] of damages) {
      lab.shell(HOST, damage);
      const whileDamaged = codes(cli);
      if (repair !== '') lab.shell(HOST, repair);
      const gc = cni.call('GC', '', nobody);
      expect(gc).toMatchObject({ status: 0 });
      found.push([what, whileDamaged, codes(cli)]);
    }
    expect(found).toEqual(damages.map(([what, , , ...expected]) => [what, expected.toSorted(), []]));
  }, 120_000);

  test('what was stated so: routing without masquerade, direct routing, services of the host', async ({
    lab,
    cni,
    cli,
  }) => {
    cni.add('a1', network(1, { ipMasq: false }));
    expect(codes(cli)).toEqual(['routed-open']);
    cni.add('b1', network(2, { directRouting: true }));
    expect(codes(cli)).toEqual(['direct-routing', 'routed-open']);
    await lab.serve(HOST, 7000);
    expect(codes(cli)).toEqual(['direct-routing', 'host-port', 'routed-open']);
    const table = cli.attempt('audit');
    expect(table.status).toBe(1);
    expect(table.stdout).toMatch(/^network net1\s+host\s+10\.1\.0\.1\s+tcp 7000, udp 7000$/m);
    expect(table.stdout).toMatch(/^flags: 4$/m);
    const routed = cli.attempt('audit', '--format', '{{.code}}', '--filter', 'code=routed-open');
    expect(routed).toMatchObject({ status: 1, stdout: 'routed-open\n' });
    expect(cli.attempt('audit', '-q', '-f', 'code=host-port').stdout).toMatch(/^host-port host tcp 7000$/m);
    const nothing = cli.attempt('audit', '--filter', 'where=nowhere');
    expect([nothing.status, nothing.stdout]).toEqual([0, expect.stringMatching(/\nnothing is flagged\n$/)]);
  });

  test('a filter that cannot be read to its end makes it say perhaps', ({ lab, cni, cli }) => {
    cni.add('a1', network(1, { ipMasq: false }));
    lab.exec(HOST, [
      'nft',
      'table ip theirs { chain go { type filter hook forward priority 0; meta day "Monday" drop; }; }',
    ]);
    const way = audit(cli).ways.find(
      ({ from, address }) => from.kind === 'outside' && address === '10.1.0.2',
    );
    expect(way).toMatchObject({
      outcome: 'perhaps',
      why: expect.stringContaining('table ip theirs') as string,
    });
    lab.exec(HOST, ['nft', 'delete table ip theirs']);
  });
});

test('on a host without anything it finds nothing, and makes nothing', ({ lab, cli }) => {
  const { status, stdout } = cli.attempt('audit');
  expect([status, stdout]).toEqual([0, 'host: nothing is reachable\n\nnothing is flagged\n']);
  expect(lab.attempt(HOST, ['ls', lab.runDir]).status).not.toBe(0);
  expect(cli.attempt('audit', '--format', '{{.code').status).toBe(1);
});
