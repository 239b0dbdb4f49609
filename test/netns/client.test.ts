// The client of the daemon with the kernel behind it: a call takes effect once, whatever becomes of the daemon.
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { clientFolder } from '../../tools/paths.ts';
import { FakeDaemon } from '../fake-daemon.ts';
import type { ResultJson } from './cni.ts';
import { bridgeConfig, portsConfig, test } from './fixture.ts';
import { HOST } from './lab.ts';
import { addressesOf, linksOf } from './look.ts';
import { readStore } from './store.ts';

const client = { folder: clientFolder };
const config = portsConfig([{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]);

test('without a daemon every verb does what the plugin does', ({ cni, lab }) => {
  const viaClient = cni.add('one', config, client);
  expect(viaClient.ips?.map(({ address }) => address)).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
  const check = { ...config, prevResult: viaClient };
  expect(cni.call('CHECK', 'one', check, client)).toEqual(cni.call('CHECK', 'one', check));
  // What is there already is refused in the same words.
  expect(cni.call('ADD', 'one', config, client)).toEqual(cni.call('ADD', 'one', config));
  const gc = bridgeConfig({ 'cni.dev/valid-attachments': [{ containerID: 'one', ifname: 'eth0' }] });
  for (const [verb, input] of [
    ['GC', gc],
    ['STATUS', config],
    ['VERSION', config],
  ] as const)
    expect(cni.call(verb, 'one', input, client)).toEqual(cni.call(verb, 'one', input));
  cni.del('one', config, client);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).not.toContain('cni0');
  cni.del('one', config, client);
});

test('a namespace that is no longer there is no obstacle to DEL', ({ cni, lab }) => {
  cni.add('one', config, client);
  lab.endContainer('one');
  cni.del('one', config, client);
  cni.add('two', config, client);
  cni.del('two', config, { ...client, netns: '' });
});

/** The pairs that are there, and the addresses that are taken. */
function taken(lab: Parameters<typeof readStore>[0]) {
  return {
    pairs: linksOf(lab, HOST).filter(({ ifname }) => !['lo', 'cni0'].includes(ifname)).length,
    leases: readStore(lab).lease.length,
  };
}

test('the daemon dies after ADD is done and before it says so', async ({ cni, lab }) => {
  lab.container('one');
  const daemon = new FakeDaemon(lab.runDir);
  try {
    const { outcome } = cni.start('ADD', 'one', config, client);
    const caller = await daemon.serve();
    caller.send('B');
    const lost = cni.add('one', config);
    caller.send('O', JSON.stringify(lost).slice(0, 20));
    caller.close();
    const { status, stdout, stderr } = await outcome;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const result = JSON.parse(stdout) as ResultJson;
    expect(addressesOf(lab, 'one', 'eth0')).toEqual(
      expect.arrayContaining(result.ips?.map(({ address }) => address) ?? []),
    );
    expect(taken(lab)).toEqual({ pairs: 1, leases: 2 });
    expect(cni.call('CHECK', 'one', { ...config, prevResult: result })).toMatchObject({ status: 0 });
  } finally {
    daemon.close();
  }
});

test('the daemon dies at any moment of ADD', async ({ cni, lab }) => {
  lab.container('one');
  const daemon = new FakeDaemon(lab.runDir);
  try {
    for (let moment = 0; moment < 12; moment++) {
      const { outcome } = cni.start('ADD', 'one', config, client);
      const caller = await daemon.serve();
      caller.send('B');
      // What the daemon does and dies of: the same ADD, killed a little later each time.
      const attempt = cni.start('ADD', 'one', config);
      await setTimeout(6 * moment);
      attempt.child.kill('SIGKILL');
      await attempt.outcome;
      caller.close();
      cni.attached('one', config);
      expect(await outcome).toMatchObject({ status: 0, stderr: '' });
      expect(taken(lab)).toEqual({ pairs: 1, leases: 2 });
      cni.del('one', config);
    }
  } finally {
    daemon.close();
  }
});

test('the daemon dies in the middle of DEL', async ({ cni, lab }) => {
  const daemon = new FakeDaemon(lab.runDir);
  try {
    cni.add('one', config);
    const { outcome } = cni.start('DEL', 'one', config, client);
    const caller = await daemon.serve();
    caller.send('B');
    cni.del('one', config);
    caller.close();
    expect(await outcome).toEqual({ status: 0, stdout: '', stderr: '' });
  } finally {
    daemon.close();
  }
});
