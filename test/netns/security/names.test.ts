// Names that lead elsewhere: programs outside of CNI_PATH, ids that are paths, the host's own namespace, files that others read.
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cniFolder } from '../../../tools/paths.ts';
import { Cli } from '../cli.ts';
import { bridgeConfig, portsConfig, test } from '../fixture.ts';
import { HOST } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { linksOf, tablesOf } from '../look.ts';
import { snapshot } from '../snapshot.ts';

const config = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);

/** Puts a program that leaves a trace into `bin` and beside it; gives the path of the trace. */
function layTrap(lab: Lab): string {
  const trace = join(lab.folder, 'trace');
  mkdirSync(join(lab.folder, 'bin'));
  for (const place of ['trap', 'bin/trap']) {
    writeFileSync(join(lab.folder, place), `#!/bin/sh\ntouch ${trace}\n`);
    chmodSync(join(lab.folder, place), 0o755);
  }
  return trace;
}

test('no program outside of CNI_PATH is run', ({ lab, cni }) => {
  const trace = layTrap(lab);
  const env = { CNI_PATH: join(lab.folder, 'bin') };
  lab.container('c1');
  const before = snapshot(lab);
  const types = [
    '../trap',
    './trap',
    'bin/../trap',
    '..\\trap',
    join(lab.folder, 'trap'),
    '..',
    '.',
    'trap\0',
    'trap\n',
  ];
  for (const verb of ['ADD', 'DEL', 'STATUS']) {
    for (const type of types) {
      const { status, stdout } = cni.call(verb, 'c1', bridgeConfig({ ipam: { type } }), { env });
      expect([verb, type, status]).toEqual([verb, type, 1]);
      expect(JSON.parse(stdout)).toMatchObject({ code: expect.any(Number) as number });
      expect([verb, type, existsSync(trace)]).toEqual([verb, type, false]);
    }
  }
  expect(snapshot(lab)).toEqual(before);
  // It would have been noticed.
  cni.call('ADD', 'c1', bridgeConfig({ ipam: { type: 'trap' } }), { env });
  expect(existsSync(trace)).toBe(true);
});

test('ids and names that are paths, or too long, are refused, and make nothing anywhere', ({ lab, cni }) => {
  lab.container('c1');
  const netns = '/run/netns/c1';
  const before = snapshot(lab);
  const long = 'x'.repeat(300);
  for (const id of ['../x', 'a/b', '..', '.', '/etc/passwd', 'a\nb', 'a\\b', '%2e%2e', long]) {
    const error = cni.fail('ADD', id, config, { netns });
    expect([id, error.code, error.msg]).toEqual([id, 4, expect.stringContaining('containerID') as string]);
  }
  for (const name of ['..', '.', '../x', 'a/b', 'a\0b', 'a\nb', '/etc', long]) {
    const error = cni.fail('ADD', 'c1', { ...config, name });
    expect([name, error.code, error.msg]).toEqual([
      name,
      7,
      expect.stringContaining('network name') as string,
    ]);
  }
  for (const ifname of ['..', '.', 'a/b', '../eth0', 'a:b', 'a\tb', 'sixteen-letters-']) {
    const error = cni.fail('ADD', 'c1', config, { ifname });
    expect([ifname, error.code, error.msg]).toEqual([
      ifname,
      4,
      expect.stringContaining('interface name') as string,
    ]);
  }
  expect(snapshot(lab)).toEqual(before);
  // What was too long to be added may be deleted, as runtimes do after an ADD that failed.
  cni.del(long, config, { netns });
  cni.del('c1', { ...config, name: long });
});

test('the longest names that are taken are taken whole', ({ lab, cni }) => {
  const [id, name, ifname] = ['c'.repeat(128), 'n'.repeat(100), 'fifteen-letters'];
  lab.container('c1');
  const long = { ...config, name };
  cni.add(id, long, { netns: '/run/netns/c1', ifname });
  expect(linksOf(lab, HOST).map(({ ifalias }) => ifalias)).toContain(`${name}/${id}/${ifname}`);
  cni.call('GC', id, { ...long, 'cni.dev/valid-attachments': [] });
  expect(tablesOf(lab)).toEqual([]);
  expect(new Cli(lab).attempt('network', 'create', 'n'.repeat(64))).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('up to 63 letters') as string,
  });
});

test("every plugin refuses the host's own namespace, by whatever path", ({ lab, cni }) => {
  lab.shell(HOST, 'touch /run/netns/alias; mount --bind /proc/self/ns/net /run/netns/alias');
  lab.shell(HOST, 'ln -s /run/netns/alias /run/netns/link');
  const before = snapshot(lab);
  const ipam = { type: 'tsnet', ranges: [[{ subnet: '10.1.0.0/24' }]] };
  const prevResult = {
    cniVersion: '1.1.0',
    interfaces: [{ name: 'lo', sandbox: '/proc/self/ns/net' }],
    ips: [{ address: '10.1.0.2/24', interface: 0 }],
  };
  // host is for the host's namespace; for host-local and static the namespace means nothing.
  const plugins = readdirSync(cniFolder).filter((name) => !['host', 'host-local', 'static'].includes(name));
  expect(plugins.length).toBeGreaterThan(15);
  for (const plugin of plugins) {
    for (const netns of [
      '/proc/self/ns/net',
      '/run/netns/alias',
      '/run/netns/link',
      '/proc/thread-self/ns/net',
    ]) {
      const keys = { ipam, prevResult, master: 'lo', device: 'lo', vlanId: 5, vrfname: 'red', mtu: 1400 };
      const limits = { ingressRate: 1000, ingressBurst: 1000, container: 'c0' };
      const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
      const all = { ...bridgeConfig(keys), ...limits, type: plugin, runtimeConfig: { portMappings } };
      const only = Object.fromEntries(Object.entries(all).filter(([key]) => wanted(plugin, key)));
      const error = cni.fail('ADD', 'c1', only, { netns, plugin, ifname: 'lo' });
      expect([plugin, netns, error.msg]).toEqual([
        plugin,
        netns,
        expect.stringMatching(/host's own|namespace/) as string,
      ]);
      expect([plugin, netns, error.code]).toEqual([plugin, netns, 8]);
    }
  }
  expect(snapshot(lab)).toEqual(before);
  lab.shell(HOST, 'rm /run/netns/link; umount /run/netns/alias; rm /run/netns/alias');
});

const addressed = ['bridge', 'ptp', 'macvlan', 'ipvlan', 'vlan', 'dummy', 'host-device', 'tap'];

function wanted(plugin: string, key: string): boolean {
  return addressed.includes(plugin) ? key !== 'prevResult' : key !== 'ipam';
}

/** All below a folder that somebody else than its owner may look into, and sockets aside, all that there is. */
function open(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const mode = statSync(path).mode & 0o777;
    return mode === (entry.isDirectory() ? 0o700 : 0o600) ? [] : [`${path} ${mode.toString(8)}`];
  });
}

for (const umask of ['000', '077']) {
  test(`umask ${umask}: files are 0600 and directories 0700`, ({ lab, cni }) => {
    lab.container('c1');
    const wrapper = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
    cni.add('c1', config, { wrapper });
    const cli = new Cli(lab);
    const [file, ...rest] = [
      ...wrapper,
      join(cniFolder, '..', 'tsnet'),
      'network',
      'create',
      '--subnet',
      '10.9.0.0/24',
      'web',
    ];
    expect(lab.attempt(HOST, [file ?? '', ...rest], cli.env)).toMatchObject({ status: 0 });
    for (const folder of [lab.runDir, lab.stateDir]) {
      expect((statSync(folder).mode & 0o777).toString(8)).toBe('700');
      expect(readdirSync(folder).length).toBeGreaterThan(0);
      expect(open(folder)).toEqual([]);
    }
    expect(cli.tsnet('run', '--network', 'web', '--', 'true')).toBe('');
    expect(open(lab.runDir)).toEqual([]);
  });
}
