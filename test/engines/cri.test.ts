// containerd's CRI plugin with our plugins, called as a kubelet calls it, on the network that containerd's own
// installation script writes.
import { expect } from 'vitest';
import { HOST, OUTSIDE } from '../netns/lab.ts';
import type { Lab } from '../netns/lab.ts';
import { elementsOf, linksOf, tablesOf } from '../netns/look.ts';
import { isSilent, ping, reach } from '../netns/reach.ts';
import { readStore } from '../netns/store.ts';
import { sandboxStates } from './cri-messages.ts';
import { lose, test } from './cri.ts';
import type { Kubelet } from './cri.ts';

const web = { name: 'web', ports: [{ hostPort: 8080, containerPort: 80 }] };

function expectNothing(lab: Lab): void {
  expect(readStore(lab)).toEqual({ endpoint: [], lease: [], port: [], sandbox: [] });
  expect(tablesOf(lab)).toEqual([]);
  expect(linksOf(lab, HOST).map(({ ifname }) => ifname)).toEqual(['lo']);
}

async function end(kubelet: Kubelet, id: string): Promise<void> {
  await kubelet.stop(id);
  await kubelet.remove(id);
}

test('a node is ready, its pods have both families, and nothing stays of them', async ({ kubelet, lab }) => {
  expect(await kubelet.conditions()).toEqual({ RuntimeReady: true, NetworkReady: true });
  const id = await kubelet.run({ name: 'web' });
  expect(await kubelet.addressesOf(id)).toEqual(['10.88.0.2', '2001:4860:4860::2']);
  expect(await kubelet.status(id)).toMatchObject({ state: sandboxStates.ready, metadata: { name: 'web' } });
  for (const address of await kubelet.addressesOf(id))
    expect(reach(lab, HOST, { address, port: 80 })).toBe('hello');
  const { namespace } = await kubelet.whereabouts(id);
  expect(linksOf(lab, namespace).map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
  expect(ping(lab, namespace, '127.0.0.1')).toBe(true);
  await end(kubelet, id);
  expect(await kubelet.sandboxes()).toEqual([]);
  expectNothing(lab);
});
