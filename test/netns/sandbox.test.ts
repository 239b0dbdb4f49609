// Sandboxes that last, their commands, files, names and ports; networks that they join and leave.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { executable } from '../../tools/paths.ts';
import { Cli } from './cli.ts';
import { test as base } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import { findLeftovers } from './leftovers.ts';
import { elementsOf, linksOf, routesOf } from './look.ts';
import { isSilent, ping, reach } from './reach.ts';

const test = base.extend<{ cli: Cli }>({
  cli: async ({ lab }, use) => {
    const cli = new Cli(lab);
    await use(cli);
    await cli.endAll();
    const names = cli
      .tsnet('ps')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/)[1] ?? '');
    if (names.length > 0) cli.tsnet('rm', '--force', ...names);
  },
});

function create(cli: Cli, ...words: string[]): string {
  return cli.tsnet('create', ...words).trim();
}

function hostsOf(cli: Cli, name: string): string[] {
  return cli.tsnet('exec', name, 'cat', '/etc/hosts').trim().split('\n');
}

function portsOf(cli: Cli, name: string): string[] {
  return cli
    .tsnet('port', name)
    .trim()
    .split('\n')
    .filter((line) => line.includes('0.0.0.0'));
}

function defaultOf(lab: Lab, name: string): string | undefined {
  return routesOf(lab, name, 4).find(({ dst }) => dst === 'default')?.gateway;
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries++) {
    if (tries === 400) throw new Error('it does not come to that');
    await sleep(25);
  }
}

test('a created sandbox: exec, ip netns, rename, rm', ({ lab, cli }) => {
  const id = create(cli, '--name', 'box', '-p', '8080:80');
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(lab.exec(HOST, ['ip', 'netns', 'list'])).toMatch(/^box\b/);
  expect(linksOf(lab, 'box').map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
  expect(cli.tsnet('ps')).toMatch(/ box +created +bridge .*:8080->80\/tcp *\n/);

  const shell = (script: string, ...options: string[]): string =>
    cli.tsnet('exec', ...options, 'box', '--', 'sh', '-c', script).trim();
  expect(shell('hostname; pwd; echo $A', '-w', '/tmp', '-e', 'A=b')).toBe('box\n/tmp\nb');
  const file = join(lab.folder, 'env');
  writeFileSync(file, '# a comment\nA=of the file\nB=c\n');
  expect(shell('echo $A $B', '--env-file', file, '-e', 'A=told')).toBe('told c');
  expect(cli.attempt('exec', 'box', 'sh', '-c', 'exit 7').status).toBe(7);
  expect(cli.attempt('exec', 'box', '/nonexistent').status).toBe(127);
  expect(cli.attempt('exec', 'box', '/etc/passwd').status).toBe(126);
  expect(cli.attempt('exec', '-w', '/nonexistent', 'box', 'true')).toMatchObject({
    status: 125,
    stderr: 'tsnet: chdir "/nonexistent": no such file or directory (ENOENT)\n',
  });
  expect(cli.attempt('wait', 'box').stderr).toMatch(/has no command to wait for/);

  create(cli, '--name', 'other', '--network', 'none');
  expect(cli.attempt('rename', 'box', 'other').stderr).toMatch(/the name "other" is already in use/);
  lab.container('taken');
  expect(cli.attempt('rename', 'box', 'taken').stderr).toMatch(/there is a "\/run\/netns\/taken"/);
  expect(cli.attempt('create', '--name', 'taken').stderr).toMatch(/the name "taken" is already in use/);
  lab.shell(HOST, 'touch /run/netns/half');
  expect(cli.attempt('create', '--name', 'half').stderr).toMatch(/the name "half" is already in use/);
  lab.shell(HOST, 'rm /run/netns/half');
  cli.tsnet('rename', 'box', 'bax');
  expect(lab.exec(HOST, ['ip', 'netns', 'list'])).toMatch(/^bax\b/m);
  expect(lab.exec(HOST, ['ip', 'netns', 'list'])).not.toMatch(/^box\b/m);
  expect(hostsOf(cli, 'bax').at(-1)).toMatch(/\tbox bax$/);

  lab.shell(
    HOST,
    'ip netns exec bax sleep 60 > /dev/null 2>&1 & until [ -n "$(ip netns pids bax)" ]; do sleep 0.02; done',
  );
  expect(cli.attempt('rm', 'bax').stderr).toMatch(/sandbox bax has commands in it \(pid \d+\)/);
  expect(cli.tsnet('rm', '--force', 'bax', 'other')).toBe('bax\nother\n');
  expect(lab.exec(HOST, ['ip', 'netns', 'list']).trim()).toBe('taken');
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('hosts and name servers: itself, the members of its networks as they come and go', ({ lab, cli }) => {
  cli.tsnet('network', 'create', '--subnet', '10.71.0.0/24', 'n1');
  cli.tsnet('network', 'create', '--subnet', '10.72.0.0/24', 'n2');
  const resolver = ['--dns', '192.0.2.53', '--dns-search', 'a.example', '--dns-option', 'ndots:2'];
  create(cli, '--name', 'web', '--network', 'n1', '--hostname', 'www', ...resolver);
  expect(hostsOf(cli, 'web')).toContain('127.0.0.1\tlocalhost');
  expect(hostsOf(cli, 'web').at(-1)).toBe('10.71.0.2\twww web');
  expect(cli.tsnet('exec', 'web', 'hostname')).toBe('www\n');
  expect(cli.tsnet('exec', 'web', 'cat', '/etc/resolv.conf')).toBe(
    'nameserver 192.0.2.53\nsearch a.example\noptions ndots:2\n',
  );

  create(cli, '--name', 'db', '--network', 'name=n1,alias=store,alias=sql', '--add-host', 'up:host-gateway');
  create(cli, '--name', 'far', '--network', 'n2');
  expect(hostsOf(cli, 'web').at(-1)).toBe('10.71.0.3\tdb store sql');
  expect(hostsOf(cli, 'db').slice(-3)).toEqual([
    '10.71.0.3\tdb store sql',
    '10.71.0.2\twww web',
    '10.71.0.1\tup',
  ]);
  expect(hostsOf(cli, 'far').join()).not.toContain('web');
  expect(cli.attempt('exec', 'web', 'ping', '-n', '-c', '1', '-W', '5', 'store').status).toBe(0);

  expect(
    cli.tsnet('run', '--network', 'container:web', '--', 'sh', '-c', 'hostname; tail -n 1 /etc/hosts'),
  ).toBe('www\n10.71.0.3\tdb store sql\n');
  expect(cli.tsnet('run', '--network', 'host', '--', 'cat', '/etc/hosts')).toBe(
    readFileSync('/etc/hosts', 'utf8'),
  );
  expect(cli.tsnet('run', '--network', 'none', '--name', 'alone', '--', 'hostname')).toBe('alone\n');
  cli.tsnet('rm', 'db');
  expect(hostsOf(cli, 'web').at(-1)).toBe('10.71.0.2\twww web');
  expect(
    lab
      .exec(HOST, ['ls', join(lab.runDir, 'sandboxes')])
      .trim()
      .split('\n'),
  ).toHaveLength(2);
});

test('connect and disconnect: routes, ports and names follow', async ({ lab, cli }) => {
  cli.tsnet('network', 'create', '--subnet', '10.71.0.0/24', 'n1');
  cli.tsnet('network', 'create', '--subnet', '10.72.0.0/24', '--subnet', 'fd72::/64', 'n2');
  cli.tsnet('network', 'create', '--subnet', '10.73.0.0/24', '--internal', 'a');
  create(cli, '--name', 'box', '--network', 'n1', '-p', '8080:80');
  create(cli, '--name', 'neighbour', '--network', 'n2', '--link-local-ip', '169.254.7.7');
  await lab.serve('box', 80);
  const target = { address: '127.0.0.1', port: 8080 };
  const port = (): unknown[] => [...(elementsOf(lab)['any_ports4'] ?? [])];
  expect(defaultOf(lab, 'box')).toBe('10.71.0.1');
  expect(reach(lab, HOST, target)).toMatch(/^box /);

  // Gateways of both families come before one of one.
  const mac = '02:00:00:00:00:09';
  const options = ['--ip', '10.72.0.9', '--ip6', 'fd72::9', '--mac-address', mac, '--alias', 'db'];
  cli.tsnet('network', 'connect', ...options, '--link-local-ip', '169.254.8.8', 'n2', 'box');
  expect(defaultOf(lab, 'box')).toBe('10.72.0.1');
  expect(routesOf(lab, 'box', 6).find(({ dst }) => dst === 'default')?.gateway).toBe('fd72::1');
  expect(linksOf(lab, 'box').find(({ ifname }) => ifname === 'eth1')?.address).toBe(mac);
  expect(JSON.stringify(port())).toContain('10.72.0.9');
  expect(reach(lab, HOST, target)).toMatch(/^box /);
  expect(reach(lab, HOST, { address: '::1', port: 8080 })).toMatch(/^box /);
  expect(hostsOf(cli, 'neighbour')).toEqual(expect.arrayContaining(['10.72.0.9\tbox db', 'fd72::9\tbox db']));
  expect(ping(lab, 'neighbour', '169.254.8.8')).toBe(true);
  expect(cli.attempt('network', 'connect', 'n2', 'box')).toMatchObject({
    status: 1,
    stderr: 'tsnet: endpoint with name box already exists in network n2\n',
  });

  // What is refused leaves all as it was; an internal network is no way out.
  const before = cli.tsnet('inspect', 'box');
  expect(cli.attempt('network', 'connect', '--ip', '10.73.9.9', 'a', 'box').status).toBe(1);
  expect(cli.tsnet('inspect', 'box')).toBe(before);
  cli.tsnet('network', 'connect', 'a', 'box');
  expect(defaultOf(lab, 'box')).toBe('10.72.0.1');
  expect(cli.tsnet('ps')).toMatch(/ box +created +n1,n2,a /);

  cli.tsnet('network', 'disconnect', 'n2', 'box');
  expect(defaultOf(lab, 'box')).toBe('10.71.0.1');
  expect(routesOf(lab, 'box', 6).map(({ dst }) => dst)).not.toContain('default');
  expect(JSON.stringify(port())).toContain('10.71.0.2');
  expect(reach(lab, HOST, target)).toMatch(/^box /);
  expect(isSilent(lab, HOST, { address: '::1', port: 8080 })).toBe(true);
  expect(hostsOf(cli, 'neighbour').join()).not.toContain('box');

  cli.tsnet('network', 'connect', '--gw-priority', '-1', 'n2', 'box');
  expect(defaultOf(lab, 'box')).toBe('10.71.0.1');
  for (const network of ['n1', 'n2', 'a']) cli.tsnet('network', 'disconnect', network, 'box');
  expect(linksOf(lab, 'box').map(({ ifname }) => ifname)).toEqual(['lo']);
  expect(port()).toEqual([]);
  expect(cli.attempt('network', 'disconnect', 'a', 'box').stderr).toBe(
    'tsnet: container box is not connected to network a\n',
  );
  cli.tsnet('network', 'disconnect', '--force', 'a', 'box');
  for (const delay of ['0.04', '0.06', '0.08']) {
    const words = ['network', 'connect', '--gw-priority', '5', 'n2', 'box'];
    lab.attempt(HOST, ['timeout', '-s', 'KILL', delay, executable, ...words], cli.env);
    cli.tsnet('network', 'disconnect', '--force', 'n2', 'box');
    expect(linksOf(lab, 'box').map(({ ifname }) => ifname)).toEqual(['lo']);
  }
  cli.tsnet('network', 'connect', 'n1', 'box');
  expect(reach(lab, HOST, target)).toMatch(/^box /);
  cli.tsnet('rm', '--force', 'box', 'neighbour');
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('ports: ranges, any that is free, and who has those that are not', async ({ lab, cli }) => {
  await lab.serve(HOST, 8000, 'host', '0.0.0.0');
  create(cli, '--name', 'one', '-p', '8000-8003:80', '-p', '9000-9001:90-91/udp', '-p', '70', '-p', '71');
  const [any = '', other = ''] = cli
    .tsnet('port', 'one')
    .split('\n')
    .filter((line) => /^7[01]\/tcp -> 0/.test(line))
    .map((line) => line.split(':')[1] ?? '');
  expect(Number(any)).toBeGreaterThan(1023);
  expect(other).not.toBe(any);
  expect(portsOf(cli, 'one').sort()).toEqual([
    `70/tcp -> 0.0.0.0:${any}`,
    `71/tcp -> 0.0.0.0:${other}`,
    '80/tcp -> 0.0.0.0:8001',
    '90/udp -> 0.0.0.0:9000',
    '91/udp -> 0.0.0.0:9001',
  ]);
  create(cli, '--name', 'two', '-p', '8000-8003:80', '-p', '[::1]:8000:80');
  expect(cli.tsnet('port', 'two', '80')).toBe('[::1]:8000\n0.0.0.0:8002\n[::]:8002\n');
  expect(cli.attempt('port', 'two', '99')).toMatchObject({
    status: 1,
    stderr: "tsnet: no public port '99/tcp' published for two\n",
  });
  const pid = lab.processes.at(-1);
  for (const text of ['8000:80', '127.0.0.1:8000:80/udp', '0.0.0.0:8000:80']) {
    const { status, stderr } = cli.attempt('run', '-p', text, '--', 'true');
    expect([status, stderr]).toEqual([
      125,
      expect.stringMatching(
        new RegExp(`^tsnet: host port [0-9.]+:8000/\\w+ is in use by .+ \\(pid ${pid}\\)\n$`),
      ),
    ]);
  }
  expect(cli.attempt('run', '-p', '8001:80', '--', 'true').stderr).toMatch(
    /^tsnet: host port 0\.0\.0\.0:8001\/tcp is already published by sandbox one /,
  );
  expect(cli.attempt('run', '-p', '8000-8002:80', '--', 'true').stderr).toMatch(
    /^tsnet: host ports 8000-8002\/tcp: all of them are in use or published\n/,
  );
  const many = cli.tsnet('run', '-p', '10000-10099:10000-10099', '--', executable, 'ps');
  expect(many.match(/0\.0\.0\.0:100\d\d->/g)).toHaveLength(100);

  // What a rule of somebody else leads elsewhere has no socket; not all that such a rule names is a port of this host.
  lab.shell(
    HOST,
    `nft 'table ip theirs {
      map led { type inet_service : ipv4_addr . inet_service; elements = { 8300 : 10.9.0.2 . 80 }; }
      chain pods { ip saddr 10.0.0.0/8 tcp dport 8302 dnat to 10.9.0.3; tcp dport 8301 dnat to 10.9.0.3:80 comment "pod a"
        ip daddr 198.51.100.1 tcp dport 8302 dnat to 10.9.0.3:80; dnat ip to tcp dport map @led; }
      chain in { type nat hook prerouting priority -100; iifname != "docker0" fib daddr type local jump pods; }
      chain out { type nat hook output priority -100; ip daddr 127.0.0.1 dnat to 10.9.0.4; }; }'`,
  );
  const taken = (text: string): string => cli.attempt('run', '-p', text, '--', 'true').stderr;
  const inUse = (port: string, owner: string): string => `tsnet: host port ${port} is in use by ${owner}\n`;
  const inPods = 'in chain pods of table ip theirs, which leads to 10.9.0';
  expect(taken('8301:80')).toBe(inUse('0.0.0.0:8301/tcp', `rule "pod a" ${inPods}.3:80`));
  expect(taken('8300:80')).toMatch(
    /^tsnet: host port 0\.0\.0\.0:8300\/tcp is in use by rule with handle \d+ in /,
  );
  expect(cli.attempt('port', 'one', '--publish-add', '8301:80').stderr).toContain(inPods);
  expect(['8301:80/udp', '8302:80', '127.0.0.1:8301:80'].map(taken)).toEqual(['', '', '']);
  expect(cli.tsnet('run', '-p', '8300-8303:80', '--', executable, 'ps')).toContain('0.0.0.0:8302->80/tcp');
  lab.shell(HOST, 'nft delete table ip theirs');
  if (lab.attempt(HOST, ['iptables', '-t', 'nat', '-S']).status !== 0) return;
  lab.shell(
    HOST,
    `iptables -t nat -N DOCKER
     iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
     iptables -t nat -A OUTPUT -p tcp -m multiport --dports 8400,8410:8412 -j DOCKER
     iptables -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8411 -m comment --comment "pod b" -j DNAT --to-destination 10.9.0.2:80
     iptables -t nat -A DOCKER -p udp --dport 8420:8422 -j DNAT --to-destination 10.9.0.2`,
  );
  const pod = 'rule "pod b" in chain DOCKER of table ip nat, which leads to 10.9.0.2:80';
  for (const at of ['0.0.0.0', '127.0.0.1'])
    expect(taken(`${at}:8411:80`)).toBe(inUse(`${at}:8411/tcp`, pod));
  expect(taken('8421:80/udp')).toContain('leads to 10.9.0.2:8421\n');
  expect(['8400:80', '8412:80'].map(taken)).toEqual(['', '']);
  lab.shell(HOST, 'nft delete table ip nat');
});

test('in the background: log, wait, exit code, and the end of all of it', async ({ lab, cli }) => {
  const id = cli
    .tsnet('run', '-d', '--name', 'job', '-p', '8080:80', '--', 'sh', '-c', 'echo told; cat; sleep 60')
    .trim();
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  await until(() => cli.tsnet('logs', 'job') === 'told\n');
  const [job] = cli.json('inspect', 'job') as [{ Id: string; LogPath: string; State: { Pid: number } }];
  expect(job).toMatchObject({ Id: id, LogPath: join(lab.runDir, 'sandboxes', id.slice(0, 12), 'log') });
  process.kill(job.State.Pid, 'SIGTERM');
  await until(() => findLeftovers(lab, ['lo']).length === 0);

  const file = join(lab.folder, 'log');
  const words = ['--rm', '--restart', 'no', '--log-file', file, '--name', 'job'];
  cli.tsnet('run', '-d', ...words, '--', 'sh', '-c', 'echo kept; sleep 0.3; exit 9');
  expect(cli.tsnet('wait', 'job')).toBe('9\n');
  expect(readFileSync(file, 'utf8')).toBe('kept\n');
  expect(cli.attempt('run', '-d', '--', '/nonexistent')).toMatchObject({
    status: 127,
    stdout: '',
    stderr: 'tsnet: exec "/nonexistent": no such file or directory (ENOENT)\n',
  });
  expect(cli.attempt('run', '--restart', 'always', '--', 'true').status).toBe(125);

  // A record that stays.
  cli.tsnet(
    'run',
    '-d',
    '--rm',
    '--rm=false',
    '--name',
    'job',
    '--',
    'sh',
    '-c',
    'seq 3; sleep 0.3; echo end; exit 9',
  );
  expect(cli.tsnet('logs', '--follow', 'job')).toBe('1\n2\n3\nend\n');
  expect(cli.tsnet('wait', 'job')).toBe('9\n');
  expect(cli.tsnet('logs', '--tail', '1', 'job')).toBe('end\n');
  expect(cli.tsnet('ps', '-q')).toBe('');
  expect(cli.tsnet('ps', '-a', '--format', '{{.Name}} {{.Status}} {{.Pid}}')).toBe('job exited (9) \n');
  expect(cli.attempt('exec', 'job', 'true')).toMatchObject({
    status: 125,
    stderr: 'tsnet: sandbox job has ended: only its record is there (tsnet rm job takes it away)\n',
  });
  const found = cli.attempt('inspect', '--format', '{{.Name}}', 'none', 'job', 'nor');
  expect([found.status, found.stdout]).toEqual([1, 'job\n']);
  expect(found.stderr).toBe(
    'tsnet: no such sandbox: none (tsnet ps)\ntsnet: no such sandbox: nor (tsnet ps)\n',
  );
  for (const words of [['inspect'], ['network', 'inspect']])
    expect(cli.attempt(...words, 'nope')).toMatchObject({ status: 1, stdout: '[]\n' });
  const both = cli.attempt('network', 'inspect', '-f', '{{.Name}}', 'bridge', 'nope');
  expect([both.status, both.stdout]).toEqual([1, 'bridge\n']);
  expect(both.stderr).toContain('network nope not found');
  expect(cli.attempt('run', '--rm=maybe', '--', 'true').status).toBe(2);
  cli.tsnet('run', '--rm=true', '--name', 'gone', '--', 'true');
  expect(cli.tsnet('ps', '-aq', '-f', 'name=gone')).toBe('');
  expect(cli.attempt('rm', 'none', 'job')).toMatchObject({
    status: 1,
    stdout: 'job\n',
    stderr: 'tsnet: no such sandbox: none (tsnet ps)\n',
  });
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('killed: the next call takes away what is not whole', async ({ lab, cli }) => {
  for (const delay of ['0.03', '0.05', '0.08']) {
    lab.attempt(
      HOST,
      ['timeout', '-s', 'KILL', delay, executable, 'create', '--name', 'box', '-p', '80'],
      cli.env,
    );
    if (!cli.tsnet('ps').includes('box')) expect(findLeftovers(lab, ['lo']), delay).toEqual([]);
    else cli.tsnet('rm', 'box');
  }
  cli.tsnet('run', '-d', '--name', 'job', '--', 'sleep', '60');
  const [job] = cli.json('inspect', 'job') as [{ State: { Pid: number } }];
  process.kill(job.State.Pid, 'SIGKILL');
  await until(() => findLeftovers(lab, ['lo']).length === 0);
});

test('what cannot be had together is refused in Docker’s words, and changes nothing', ({ lab, cli }) => {
  create(cli, '--name', 'box');
  create(cli, '--name', 'alone', '--network', 'none');
  create(cli, '--name', 'shared', '--network', 'container:box');
  const run = (...words: string[]): string => cli.attempt('create', ...words).stderr;
  const before = cli.tsnet('ps');
  const inside = ['--network', 'container:box'];
  const conflict = (what: string): string => `tsnet: conflicting options: ${what}\n`;
  expect(run(...inside, '--hostname', 'h')).toBe(conflict('hostname and the network mode'));
  expect(run(...inside, '--dns', '1.1.1.1')).toBe(conflict('dns and the network mode'));
  expect(run(...inside, '--add-host', 'a:1.1.1.1')).toBe(
    conflict('custom host-to-IP mapping and the network mode'),
  );
  expect(run(...inside, '-p', '80')).toBe(conflict('port publishing and the container type network mode'));
  for (const mode of ['container:box', 'host'])
    expect(run('--network', mode, '--mac-address', '02:00:00:00:00:01')).toBe(
      conflict('mac-address and the network mode'),
    );
  expect(run('--name', 'x', '--network', 'container:x')).toBe('tsnet: cannot join own network namespace\n');
  expect(run('--network', 'container:')).toBe('tsnet: invalid container format container:<name|id>\n');
  const connect = (...words: string[]): string => cli.attempt('network', 'connect', ...words).stderr;
  expect(connect('bridge', 'shared')).toBe(
    'tsnet: container sharing network namespace with another container or host cannot be connected to any other network\n',
  );
  expect(connect('bridge', 'alone')).toBe(
    'tsnet: container cannot be connected to multiple networks with one of the networks in private (none) mode\n',
  );
  expect(connect('host', 'box')).toBe(
    'tsnet: container cannot be disconnected from host network or connected to host network\n',
  );
  expect(cli.attempt('network', 'disconnect', 'bridge', 'box').stderr).toBe(
    'tsnet: sandbox shared shares the network of box: end it first\n',
  );
  expect(run('--network', 'name=bridge,colour=red')).toMatch(
    /^tsnet: --network ".*": invalid field key colour/,
  );
  expect(cli.tsnet('ps')).toBe(before);
  expect(linksOf(lab, 'box').map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
});
