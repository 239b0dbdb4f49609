// `tsnet run`, `ps`, `inspect`, `rm`: a sandbox for the time of one command.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { findLeftovers } from './leftovers.ts';
import { test } from './cli-fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import { isSilent, reach } from './reach.ts';
import { linksOf } from './look.ts';
import { bun, executable } from '../../tools/paths.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The words that start the tests' own server, which answers "<name> <address of the client>". */
function server(name: string, port = 80): string[] {
  return ['--', bun, join(import.meta.dirname, 'echo-server.ts'), name, '::', String(port)];
}

interface Inspected {
  Name: string;
  State: { Running: boolean; Pid: number };
  HostConfig: { NetworkMode: string };
  NetworkSettings: {
    Ports: Record<string, { HostIp: string; HostPort: string }[]>;
    Networks: Record<
      string,
      { IPAddress: string; MacAddress: string; GlobalIPv6Address: string; Gateway: string }
    >;
  };
}

async function eventually(isTrue: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (isTrue()) return true;
    await sleep(50);
  }
  return false;
}

describe('the modes', () => {
  test('bridge is the default: eth0 with both families, a way out, Docker-like MAC', ({ lab, cli }) => {
    lab.addOutside();
    const [link] = JSON.parse(cli.tsnet('run', '--', 'ip', '-j', 'address', 'show', 'eth0')) as [
      { address: string; addr_info: { local: string; scope: string }[] },
    ];
    const [ipv4 = '', ipv6 = ''] = link.addr_info
      .filter(({ scope }) => scope === 'global')
      .map(({ local }) => local);
    const octets = ipv4.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
    expect(link.address).toBe(`02:42:${octets.join(':')}`);
    expect(ipv6).toMatch(/^fd/);
    for (const { outside } of [OUTSIDE[4], OUTSIDE[6]]) {
      expect(cli.attempt('run', '--', 'ping', '-n', '-c', '1', '-W', '5', outside).status).toBe(0);
    }
  });

  test('none has loopback, up, and nothing else', ({ cli }) => {
    const links = JSON.parse(cli.tsnet('run', '--network', 'none', '--', 'ip', '-j', 'address')) as {
      ifname: string;
      flags: string[];
    }[];
    expect(links.map(({ ifname }) => ifname)).toEqual(['lo']);
    expect(links[0]?.flags).toContain('UP');
  });

  test('host is the host, and creates nothing', ({ lab, cli }) => {
    const before = linksOf(lab, HOST);
    const inside = cli.tsnet('run', '--network', 'host', '--', 'readlink', '/proc/self/ns/net');
    expect(inside).toBe(lab.exec(HOST, ['readlink', '/proc/self/ns/net']));
    expect(linksOf(lab, HOST)).toEqual(before);
  });

  test('container:<name> is inside, and keeps the network when the owner ends first', async ({
    lab,
    cli,
  }) => {
    const web = await cli.start('web', '-p', '8080:8081', '--', 'sleep', '60');
    const inside = await cli.start('inside', '--network', 'container:web', ...server('inside', 8081));
    expect(await eventually(() => reach(lab, HOST, { address: '127.0.0.1', port: 8080 }) !== undefined)).toBe(
      true,
    );
    web.child.kill('SIGTERM');
    expect(await web.ended()).toBe(143);
    expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toMatch(/^inside /);
    inside.child.kill('SIGTERM');
    await inside.ended();
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('container: of a container on the host network is on the host network', async ({ cli }) => {
    await cli.start('onhost', '--network', 'host', '--', 'sleep', '60');
    const own = cli.tsnet('run', '--network', 'host', '--', 'readlink', '/proc/self/ns/net');
    expect(cli.tsnet('run', '--network', 'container:onhost', '--', 'readlink', '/proc/self/ns/net')).toBe(
      own,
    );
  });
});

describe('published ports', () => {
  test('answer from outside, the host, a neighbour and the sandbox itself', async ({ lab, cli }) => {
    lab.addOutside();
    await cli.start('web', '-p', '8080:80', '-p', '8053:80/udp', ...server('web'));
    expect(await eventually(() => reach(lab, HOST, { address: '127.0.0.1', port: 8080 }) !== undefined)).toBe(
      true,
    );
    for (const family of [4, 6] as const) {
      const { host, outside } = OUTSIDE[family];
      expect(reach(lab, OUTSIDE.name, { address: host, port: 8080 })).toBe(`web ${outside}`);
      expect(reach(lab, OUTSIDE.name, { address: host, port: 8053, protocol: 'udp' })).toBe(`web ${outside}`);
      const url = `http://${family === 6 ? `[${host}]` : host}:8080/`;
      expect(cli.tsnet('run', '--', 'curl', '-sg', '-m', '5', url)).toMatch(/^web /);
      expect(cli.tsnet('run', '--network', 'container:web', '--', 'curl', '-sg', '-m', '5', url)).toMatch(
        /^web /,
      );
    }
    expect(reach(lab, HOST, { address: '::1', port: 8080 })).toMatch(/^web /);
  });

  test('on 127.0.0.1 are for the host alone', async ({ lab, cli }) => {
    lab.addOutside();
    await cli.start('web', '-p', '127.0.0.1:8080:80', '-p', '[::1]:8080:80', ...server('web'));
    expect(await eventually(() => reach(lab, HOST, { address: '127.0.0.1', port: 8080 }) !== undefined)).toBe(
      true,
    );
    expect(reach(lab, HOST, { address: '::1', port: 8080 })).toMatch(/^web /);
    expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(true);
    expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[6].host, port: 8080 })).toBe(true);
  });
});

describe('the command', () => {
  test('has its exit code, or that of its signal, passed on', ({ cli }) => {
    expect(cli.attempt('run', '--', 'sh', '-c', 'exit 7').status).toBe(7);
    expect(cli.attempt('run', '--', 'sh', '-c', 'kill -9 $$').status).toBe(137);
    expect(cli.attempt('run', '--', '/nonexistent/command')).toMatchObject({
      status: 127,
      stderr: 'tsnet: exec "/nonexistent/command": no such file or directory (ENOENT)\n',
    });
    expect(cli.attempt('run', '--', '/etc/passwd').status).toBe(126);
  });

  test('reads stdin, writes stdout and stderr, and keeps its own options', ({ lab, cli }) => {
    const words = [
      'run',
      '--network',
      'none',
      '--',
      'sh',
      '-c',
      'cat; echo to stderr >&2; echo "$@"',
      'sh',
      '--name',
      '-p',
    ];
    const outcome = lab.attempt(HOST, [executable, ...words], cli.env, 'from stdin\n');
    expect(outcome).toMatchObject({ status: 0, stdout: 'from stdin\n--name -p\n', stderr: 'to stderr\n' });
  });

  test('gets the signals that tsnet gets', async ({ lab, cli }) => {
    const flag = join(lab.folder, 'trap-is-set');
    const script = 'trap "exit 42" TERM; touch "$0"; while :; do sleep 0.05; done';
    const trap = await cli.start('trap', '--', 'sh', '-c', script, flag);
    expect(await eventually(() => existsSync(flag))).toBe(true);
    trap.child.kill('SIGTERM');
    expect(await trap.ended()).toBe(42);
  });

  test('SIGPIPE is what a shell would give it', ({ cli }) => {
    expect(
      cli.tsnet(
        'run',
        '--network',
        'none',
        '--',
        'sh',
        '-c',
        'yes | head -n 1; sleep 0.1; grep SigIgn /proc/self/status',
      ),
    ).toMatch(/SigIgn:\s+0000000000000000/);
  });
});

describe('cleaning up', () => {
  test('after the command was interrupted', async ({ lab, cli }) => {
    const one = await cli.start('one', '-p', '8080:80', '--', 'sleep', '60');
    one.child.kill('SIGINT');
    expect(await one.ended()).toBe(130);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('after a signal that comes as soon as the command is there', ({ lab, cli }) => {
    const words = ['run', '--network', 'none', '--', 'sh', '-c', 'kill -INT $PPID; exec sleep 5'];
    for (let time = 0; time < 20; time++)
      expect(lab.attempt(HOST, [executable, ...words], cli.env).status).toBe(130);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('after tsnet was killed: the command dies with it, the network goes', async ({ lab, cli }) => {
    const one = await cli.start('one', '-p', '8080:80', '--', 'sleep', '60');
    one.child.kill('SIGKILL');
    expect(await one.ended()).toBe('SIGKILL');
    expect(await eventually(() => findLeftovers(lab, ['lo']).length === 0)).toBe(true);
  });

  test('after tsnet and its guard were killed: the next call takes what is left', async ({ lab, cli }) => {
    const one = await cli.start('one', '--', 'sleep', '60');
    const children = lab.shell(HOST, `cat /proc/${one.pid}/task/${one.pid}/children`).trim().split(' ');
    for (const pid of [String(one.pid), ...children]) process.kill(Number(pid), 'SIGKILL');
    await one.ended();
    expect(cli.tsnet('ps').trim().split('\n')).toHaveLength(1);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('killed at any moment of its start, nothing stays', async ({ lab, cli }) => {
    for (let delay = 5; delay <= 60; delay += 11) {
      const words = ['run', '--name', 'one', '-p', '8080:80', '--', 'sleep', '60'];
      const script = `"$@" & pid=$!; sleep ${delay / 1000}; kill -9 $pid; wait $pid`;
      lab.attempt(HOST, ['bash', '-c', script, 'bash', executable, ...words], cli.env);
      await eventually(() => findLeftovers(lab, ['lo']).length === 0);
      expect(findLeftovers(lab, ['lo']), `killed after ${delay} ms`).toEqual([]);
    }
  });

  test('rm --force kills; rm alone refuses', async ({ lab, cli }) => {
    const one = await cli.start('one', '-p', '8080:80', '--', 'sleep', '60');
    expect(cli.attempt('rm', 'one')).toMatchObject({
      status: 1,
      stderr: `tsnet: sandbox one is running (pid ${one.pid}): end its command first, or use --force\n`,
    });
    expect(cli.tsnet('rm', '--force', 'one')).toBe('one\n');
    expect(await eventually(() => findLeftovers(lab, ['lo']).length === 0)).toBe(true);
  });
});

test('ps and inspect tell what runs', async ({ cli }) => {
  await cli.start('web', '-p', '8080:80', '--', 'sleep', '60');
  const [heading, row = ''] = cli.tsnet('ps').trim().split('\n');
  expect(heading?.split(/\s{2,}/)).toEqual([
    'ID',
    'NAME',
    'STATUS',
    'NETWORK',
    'ADDRESSES',
    'PORTS',
    'PID',
    'COMMAND',
  ]);
  expect(row).toContain('0.0.0.0:8080->80/tcp, [::]:8080->80/tcp');
  const [web] = cli.json('inspect', 'web') as Inspected[];
  expect(web).toMatchObject({ Name: 'web', State: { Running: true }, HostConfig: { NetworkMode: 'bridge' } });
  expect(web?.NetworkSettings.Ports['80/tcp']).toEqual([
    { HostIp: '0.0.0.0', HostPort: '8080' },
    { HostIp: '::', HostPort: '8080' },
  ]);
  const { IPAddress = '', Gateway = '' } = web?.NetworkSettings.Networks['bridge'] ?? {};
  expect(row).toContain(IPAddress);
  expect(Gateway).toBe(IPAddress.replace(/\d+$/, '1'));
});

test('twenty at once get twenty addresses', async ({ lab, cli }) => {
  const script = `for i in $(seq 20); do "$0" run -- sh -c 'ip -4 -o address show eth0 | tr -s " " | cut -d" " -f4' & done; wait`;
  const { stdout, stderr } = lab.attempt(HOST, ['bash', '-c', script, executable], cli.env);
  expect(stderr).toBe('');
  expect(new Set(stdout.trim().split('\n')).size).toBe(20);
  await cli.endAll();
});

describe('bad input: one line, its exit code, nothing changed', () => {
  test.for<[string, string[], number, RegExp]>([
    ['no command', ['run'], 2, /missing required argument 'command'/],
    ['unknown option', ['run', '--nope', '--', 'true'], 2, /unknown option '--nope'/],
    ['unknown command', ['nope'], 2, /unknown command 'nope'/],
    ['unknown network', ['run', '--network', 'nope', '--', 'true'], 125, /^tsnet: network nope not found/],
    [
      'unknown container',
      ['run', '--network', 'container:nope', '--', 'true'],
      125,
      /^tsnet: no such sandbox: nope/,
    ],
    [
      'port out of range',
      ['run', '-p', '80:65536', '--', 'true'],
      125,
      /-p "80:65536": port 65536 is not between/,
    ],
    ['port without number', ['run', '-p', 'http:80', '--', 'true'], 125, /-p "http:80": must be/],
    ['port protocol', ['run', '-p', '80:80/icmp', '--', 'true'], 125, /protocol "icmp" is none of/],
    ['port address', ['run', '-p', '1.2.3:80:80', '--', 'true'], 125, /"1.2.3" is no IP address/],
    ['port and none', ['run', '--network', 'none', '-p', '80:80', '--', 'true'], 125, /conflicting options/],
    ['port and host', ['run', '--network', 'host', '-p', '80:80', '--', 'true'], 125, /conflicting options/],
    [
      'ip and none',
      ['run', '--network', 'none', '--ip', '10.0.0.2', '--', 'true'],
      125,
      /conflicting options: --ip/,
    ],
    ['ip that is none', ['run', '--ip', '10.0.0', '--', 'true'], 125, /10\.0\.0/],
    [
      'ip outside',
      ['run', '--ip', '203.0.113.9', '--', 'true'],
      125,
      /203\.0\.113\.9: not available in range set/,
    ],
    ['bad name', ['run', '--name', '../x', '--', 'true'], 125, /name "..\/x"/],
    ['unknown sandbox', ['logs', 'nope'], 1, /^tsnet: no such sandbox: nope/],
    ['rm unknown', ['rm', 'nope'], 1, /^tsnet: no such sandbox: nope/],
  ])('%s', ([, words, status, message], { lab, cli }) => {
    const outcome = cli.attempt(...words);
    expect(outcome).toMatchObject({ status, stdout: '' });
    expect(outcome.stderr).toMatch(message);
    expect(findLeftovers(lab, ['lo'])).toEqual([]);
  });

  test('a name in use, a port in use', async ({ cli }) => {
    await cli.start('web', '-p', '8080:80', '--', 'sleep', '60');
    expect(cli.attempt('run', '--name', 'web', '--', 'true').stderr).toMatch(
      /^tsnet: the name "web" is already in use/,
    );
    expect(cli.attempt('run', '-p', '127.0.0.1:8080:80', '--', 'true')).toMatchObject({ status: 125 });
    expect(cli.attempt('run', '-p', '8080:80', '--', 'true').stderr).toMatch(
      /^tsnet: host port 0\.0\.0\.0:8080\/tcp is already published by sandbox web \(tsnet:bridge\/[0-9a-f]{12}\/eth0\)\n$/,
    );
  });

  test('not root', ({ lab, cli, skip }) => {
    const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
    const probe = lab.attempt(HOST, [...asNobody, 'true']);
    if (probe.status !== 0) skip(`no other user to be had: ${probe.stderr.trim()}`);
    const outcome = lab.attempt(HOST, [...asNobody, executable, 'run', '--', 'true'], cli.env);
    expect(outcome).toMatchObject({ status: 125, stdout: '' });
    expect(outcome.stderr).toMatch(/^tsnet: needs root: cannot write "\/.*": run as root/);
  });
});
