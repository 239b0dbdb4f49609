// What a Kubernetes node calls beside ADD: more DELs than ADDs, with an empty path, and STATUS over and over.
import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { cniFolder } from '../../tools/paths.ts';
import { bridgeConfig, test } from '../netns/fixture.ts';
import { findLeftovers } from '../netns/leftovers.ts';
import { HOST } from '../netns/lab.ts';
import { tablesOf } from '../netns/look.ts';
import { reach } from '../netns/reach.ts';
import { readStore } from '../netns/store.ts';
import { containerdNet } from './conflists.ts';
import { Network } from './libcni.ts';
import type { Options } from './libcni.ts';

// containerd 2 asks for STATUS where the version has it.
const podNet = { ...containerdNet, cniVersion: '1.1.0', name: 'k8s-pod-network' };

/** What a kubelet's runtime says of a pod. */
function podCalled(name: string): Options {
  const said = [
    'IgnoreUnknown=1',
    'K8S_POD_NAMESPACE=default',
    `K8S_POD_NAME=${name}`,
    `K8S_POD_INFRA_CONTAINER_ID=${name}`,
    'K8S_POD_UID=0b1f6a3e-53f1-4c57-a2c5-3c3a8bd2a1de',
  ];
  const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp', hostIP: '' }];
  return {
    capabilities: {
      portMappings,
      bandwidth: { ingressRate: 0, ingressBurst: 0, egressRate: 0, egressBurst: 0 },
      dns: { servers: ['10.96.0.10'], searches: ['cluster.local'], options: ['ndots:5'] },
      cgroupPath: '/kubepods/besteffort/pod0b1f6a3e',
    },
    env: { CNI_ARGS: said.join(';') },
  };
}

test('three DELs for a pod, two of them with an empty path', async ({ lab, cni }) => {
  const network = new Network(cni, podNet);
  network.add('c1', podCalled('c1'));
  await lab.serve('c1', 80);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toMatch(/^c1 /);
  network.del('c1');
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
  for (let times = 0; times < 2; times += 1) network.del('c1', '');
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
});

test('the same when the namespace went first, while another pod keeps its own', ({ lab, cni }) => {
  const network = new Network(cni, podNet);
  network.add('c1', podCalled('c1'));
  network.add('c2');
  lab.endContainer('c1');
  for (let times = 0; times < 3; times += 1) network.del('c1', '');
  expect(new Set(readStore(lab).endpoint.map(({ container }) => container))).toEqual(new Set(['c2']));
  network.check('c2');
});

test('DELs for pods that were never added, on a node that never had one, leave no trace', ({ lab, cni }) => {
  const network = new Network(cni, podNet);
  for (const name of ['never', 'ever'])
    for (const path of ['', `/run/netns/${name}`]) network.del(name, path);
  expect(findLeftovers(lab, ['lo'])).toEqual([]);
  expect(tablesOf(lab)).toEqual([]);
});

test('STATUS over and over, while pods come and go, is silent and changes nothing', async ({ lab, cni }) => {
  const network = new Network(cni, podNet);
  network.status();
  const [bridge] = podNet.plugins;
  const config = { ...bridge, cniVersion: podNet.cniVersion, name: podNet.name };
  const asked = Array.from({ length: 20 }, () => cni.start('STATUS', '', config));
  network.add('c1', podCalled('c1'));
  network.del('c1');
  for (const { outcome } of asked) expect(await outcome).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(readStore(lab)).toEqual({ endpoint: [], lease: [], port: [], sandbox: [] });
});

const OLD = '/usr/lib/cni';

test('an old host-local that is found first knows neither STATUS nor GC: ours do not fail for it', ({
  lab,
  cni,
  skip,
}) => {
  if (!existsSync(`${OLD}/host-local`)) skip('containernetworking-plugins is not installed');
  const config = bridgeConfig();
  const variables = { CNI_COMMAND: 'STATUS', CNI_PATH: OLD };
  const asked = lab.attempt(HOST, [`${OLD}/host-local`], variables, JSON.stringify(config));
  if (asked.status === 0) skip('the host-local that is installed knows STATUS');
  const env = { CNI_PATH: `${OLD}:${cniFolder}` };
  const silent = { status: 0, stdout: '', stderr: '' };
  for (let times = 0; times < 5; times += 1)
    expect(cni.call('STATUS', '', config, { env })).toMatchObject(silent);
  const list = { ...config, 'cni.dev/valid-attachments': [] };
  expect(cni.call('GC', '', list, { env })).toMatchObject(silent);
  // It refuses to serve such a network at all, in its own words.
  lab.container('c1');
  expect(cni.fail('ADD', 'c1', config, { env })).toMatchObject({ code: 1, msg: 'incompatible CNI versions' });
  // In a version that both know it gives the addresses, and takes them back.
  const older = { ...config, cniVersion: '1.0.0' };
  const result = cni.add('c1', older, { env });
  expect(result.ips?.map(({ address }) => address)).toEqual(['10.1.0.2/24', 'fd00:1::2/64']);
  cni.del('c1', older, { env });
  expect(cni.add('c1', older, { env }).ips?.[0]?.address).toBe('10.1.0.3/24');
});
