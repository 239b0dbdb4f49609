// `tsnet trace`: what becomes of a connection, told as it is, and nothing left of the telling.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { executable } from '../../tools/paths.ts';
import { test as base } from './fixture.ts';
import { Cli } from './cli.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { linkOf } from './look.ts';
import { isSilent, reach } from './reach.ts';

const test = base.extend<{ cli: Cli }>({
  cli: async ({ lab }, use) => {
    lab.addOutside();
    const cli = new Cli(lab);
    cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', '--subnet', 'fd09::/64', 'near');
    cli.tsnet('create', '--name', 'web', '--network', 'near', '-p', '8080:80');
    cli.tsnet('create', '--name', 'api', '--network', 'near');
    await use(cli);
    cli.tsnet('rm', '--force', ...cli.tsnet('ps', '--format', '{{.Names}}').trim().split('\n'));
  },
});

interface TraceJson {
  readonly outcome: string;
  readonly conclusion: string;
  readonly steps: readonly {
    readonly kind: string;
    readonly where: string;
    readonly direction: string;
    readonly hook: string;
    readonly table: string;
    readonly chain: string;
    readonly comment?: string;
    readonly isOwn: boolean;
    readonly translated?: { readonly destination: string; readonly destinationPort: number };
  }[];
}

function traceOf(cli: Cli, ...words: string[]): TraceJson & { status: number | null } {
  const { status, stdout, stderr } = cli.attempt('trace', '--format', 'json', ...words);
  if (stdout === '') throw new Error(`tsnet trace ${words.join(' ')}: ${stderr}`);
  return { status, ...(JSON.parse(stdout) as TraceJson) };
}

// nft may crash when tables change while it reads them; then it is asked again.
function tracers(lab: Lab): string[] {
  for (let tries = 0; tries < 20; tries++) {
    const { status, stdout } = lab.attempt(HOST, ['nft', 'list', 'tables']);
    if (status === 0) return stdout.split('\n').filter((line) => line.includes('tsnet-trace'));
  }
  throw new Error('nft does not list tables');
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries++) {
    if (tries === 400) throw new Error('it does not come to that');
    await sleep(25);
  }
}

test('who is answered: neighbours in both families, by published ports, with echoes and datagrams', async ({
  lab,
  cli,
}) => {
  await lab.serve('web', 80);
  const near = traceOf(cli, 'api', 'web:80');
  expect(near).toMatchObject({ status: 0, outcome: 'allowed' });
  expect(near.conclusion).toMatch(/^allowed: 10\.9\.0\.3:\d+ -> 10\.9\.0\.2:80, answered in \d+\.\d ms$/);
  expect(new Set(near.steps.map(({ where, direction }) => `${direction} ${where}`))).toEqual(
    new Set(['there api', 'there host', 'there web', 'back web', 'back host', 'back api']),
  );
  expect(traceOf(cli, 'api', '[fd09::2]:80')).toMatchObject({ status: 0, outcome: 'allowed' });
  expect(traceOf(cli, 'api', 'web')).toMatchObject({ status: 0, outcome: 'allowed' });
  expect(traceOf(cli, 'api', 'fd09::2')).toMatchObject({ status: 0, outcome: 'allowed' });
  expect(traceOf(cli, '--wait', '20', 'host', 'web:80/udp')).toMatchObject({ status: 0, outcome: 'allowed' });

  const published = traceOf(cli, 'api', `${OUTSIDE[4].host}:8080`);
  expect(published).toMatchObject({ status: 0, outcome: 'allowed' });
  expect(published.steps.find(({ translated }) => translated !== undefined)).toMatchObject({
    ...{ kind: 'rule', where: 'host', hook: 'prerouting', table: 'inet tsnet', chain: 'prerouting' },
    translated: { destination: '10.9.0.2', destinationPort: 80 },
  });
  const text = cli.tsnet('trace', 'host', '127.0.0.1:8080');
  expect(text).toMatch(
    /^host +output +inet tsnet output: rule \d+ ".*": .*dnat to .* -> accept, translated to .* -> 10\.9\.0\.2:80$/m,
  );
  expect(text).toMatch(/\nallowed: .* \(translated to .* -> 10\.9\.0\.2:80\), answered in \d+\.\d ms\n$/);
  expect(tracers(lab)).toEqual([]);
});

test('who is not answered, and why: tables of tsnet and of others, the target, routes, neighbours', ({
  lab,
  cli,
}) => {
  cli.tsnet('network', 'create', '--subnet', '10.8.0.0/24', 'far');
  cli.tsnet('create', '--name', 'other', '--network', 'far');
  const conclusion = (...words: string[]): string => {
    const found = traceOf(cli, ...words);
    expect(found.status).toBe(1);
    return found.conclusion;
  };
  expect(conclusion('other', 'web:80')).toMatch(
    /^dropped by inet tsnet forward in host, rule \d+ "guarded networks .*": oifname @guarded .*drop \(tsnet's\): 10\.8\.0\.2:\d+ -> 10\.9\.0\.2:80$/,
  );
  expect(conclusion('api', 'web:81')).toMatch(/^refused by the target itself, where nobody listens: /);
  expect(conclusion('--wait', '0.5', 'api', '10.9.0.77:80')).toMatch(
    /^nobody answers for 10\.9\.0\.77 on eth0 \(ARP\): /,
  );
  expect(conclusion('api', '203.0.113.1:80')).toMatch(/^host has no route to 203\.0\.113\.1: /);
  expect(conclusion('host', '203.0.113.1:80')).toMatch(/^no route: host has no way to 203\.0\.113\.1 /);
  expect(cli.attempt('trace', 'api', 'web:81').stdout).not.toContain('(back)');

  lab.shell('web', `nft 'add table ip mine; add chain ip mine in { type filter hook input priority 0; }'`);
  lab.shell('web', `nft 'add rule ip mine in tcp dport 80 counter reject with tcp reset comment "closed"'`);
  expect(conclusion('api', 'web:80')).toMatch(
    /^rejected by ip mine in in web, rule \d+ "closed": tcp dport 80 counter reject \(not tsnet's\): /,
  );
  lab.shell(
    'web',
    `nft 'flush chain ip mine in; add chain ip mine out { type filter hook output priority 0; }'`,
  );
  lab.shell('web', `nft 'add rule ip mine out ip saddr 10.9.0.0/24 ip daddr != 10.9.0.1 drop'`);
  expect(conclusion('--wait', '0.5', 'api', 'web:81')).toMatch(
    /^the answer is dropped by ip mine out in web, rule \d+: ip saddr 10\.9\.0\.0\/24 ip daddr != 10\.9\.0\.1 drop/,
  );

  lab.shell(
    HOST,
    `nft 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'`,
  );
  const { outcome, conclusion: told } = traceOf(cli, 'other', `${OUTSIDE[4].host}:8080`);
  expect({ outcome, told }).toEqual({
    outcome: 'dropped',
    told: expect.stringMatching(
      /^dropped by ip filter FORWARD in host, policy drop \(not tsnet's\): /,
    ) as string,
  });
  expect(tracers(lab)).toEqual([]);
  lab.exec(HOST, ['nft', 'delete', 'table', 'ip', 'filter']);
});

test('who calls from outside is waited for; a tracer that is killed leaves nothing; bad words', async ({
  lab,
  cli,
}) => {
  await lab.serve('web', 80);
  const start = (...words: string[]) => {
    const [file, args] = lab.inside(HOST, [executable, 'trace', ...words]);
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...cli.env },
    });
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
    return { child, end: once(child, 'close').then(([status]) => ({ status: status as unknown, text })) };
  };
  const watch = start(OUTSIDE[4].outside, 'web:80/tcp');
  await until(() => tracers(lab).length > 0);
  // The table is not there before the rest is: who is heard too early calls again.
  await until(() => {
    expect(reach(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toMatch(/^web /);
    return watch.child.exitCode !== null || tracers(lab).length === 0;
  });
  const { status, text } = await watch.end;
  expect([status, text]).toEqual([
    0,
    expect.stringMatching(
      /\nallowed: 192\.0\.2\.1:\d+ -> 192\.0\.2\.2:8080 \(translated to 192\.0\.2\.1:\d+ -> 10\.9\.0\.2:80\), let through by all rules\n$/,
    ),
  ]);

  const killed = start(OUTSIDE[4].outside, 'web:80/tcp');
  await until(() => tracers(lab).length > 0);
  killed.child.kill('SIGKILL');
  await killed.end;
  await until(() => tracers(lab).length === 0);
  expect(isSilent(lab, HOST, { address: '10.9.0.2', port: 80 })).toBe(false);

  // A source that there is no way back to.
  const mac = linkOf(lab, HOST, 'up0').address;
  lab.shell(HOST, 'echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter');
  lab.shell(
    OUTSIDE.name,
    `ip addr add 172.31.0.1/32 dev eth0; ip neigh replace 192.0.2.2 dev eth0 lladdr ${mac}`,
  );
  const refused = start('172.31.0.1', 'web:80');
  await until(() => tracers(lab).length > 0);
  const call = ['curl', '-s', '-m', '0.3', '--interface', '172.31.0.1', `http://${OUTSIDE[4].host}:8080/`];
  await until(() => {
    lab.attempt(OUTSIDE.name, call);
    return refused.child.exitCode !== null || tracers(lab).length === 0;
  });
  expect((await refused.end).text).toMatch(
    /\nhost refuses the source 172\.31\.0\.1 on up0 \(rp_filter 1\): /,
  );

  const bad: [number, RegExp, ...string[]][] = [
    [2, /ports are from 1 to 65535/, 'api', 'web:70000'],
    [2, /"sctp" is none of tcp, udp, icmp/, 'api', 'web:80/sctp'],
    [2, /must be a number of seconds/, '--wait', 'soon', 'api', 'web:80'],
    [2, /missing required argument 'to'/, 'api'],
    [1, /no such sandbox or address: wep, did you mean "?web/, 'api', 'wep:80'],
  ];
  for (const [code, message, ...words] of bad)
    expect(cli.attempt('trace', ...words)).toMatchObject({
      ...{ status: code, stdout: '', stderr: expect.stringMatching(message) as string },
    });
});
