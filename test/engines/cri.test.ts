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

test('a port of the host leads to the pod, from the host and from outside', async ({ kubelet, lab }) => {
  lab.addOutside();
  const id = await kubelet.run({
    name: 'web',
    ports: [...web.ports, { hostPort: 8081, containerPort: 80, hostIp: '127.0.0.1' }],
  });
  for (const address of ['127.0.0.1', '::1', OUTSIDE[4].host, OUTSIDE[6].host])
    expect([address, reach(lab, HOST, { address, port: 8080 })]).toEqual([address, 'hello']);
  for (const address of [OUTSIDE[4].host, OUTSIDE[6].host])
    expect([address, reach(lab, OUTSIDE.name, { address, port: 8080 })]).toEqual([address, 'hello']);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8081 })).toBe('hello');
  expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8081 })).toBe(true);
  await kubelet.stop(id);
  expect(isSilent(lab, OUTSIDE.name, { address: OUTSIDE[4].host, port: 8080 })).toBe(true);
});

test('a port that another pod has is refused in words, and nothing stays of the attempt', async ({
  kubelet,
  lab,
}) => {
  const id = await kubelet.run(web);
  await expect(kubelet.run({ ...web, name: 'late' })).rejects.toThrow(
    /host port .*8080\/tcp is already published by containerd-net\//,
  );
  expect(await kubelet.sandboxes()).toEqual([id]);
  expect(readStore(lab).lease.map(({ address }) => address)).toHaveLength(2);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('hello');
});

test("a pod on the host's network is the host, and no plugin is called for it", async ({ kubelet, lab }) => {
  const id = await kubelet.run({ name: 'host', hostNetwork: true });
  expect(await kubelet.addressesOf(id)).toEqual([]);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 80 })).toBe('hello');
  expectNothing(lab);
  await end(kubelet, id);
});

test('a pod that comes again under its name has a network that works', async ({ kubelet, lab }) => {
  const first = await kubelet.run(web);
  const former = await kubelet.whereabouts(first);
  await kubelet.stop(first);
  const second = await kubelet.run({ ...web, attempt: 1 });
  expect(await kubelet.status(first)).toMatchObject({ state: sandboxStates.notReady });
  expect((await kubelet.whereabouts(second)).namespace).not.toBe(former.namespace);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('hello');
  // The kubelet removes what is left of the first one when it finds the time.
  await end(kubelet, first);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('hello');
  for (const address of await kubelet.addressesOf(second))
    expect(reach(lab, HOST, { address, port: 80 })).toBe('hello');
});

test(
  '20 pods at once have 20 pairs of addresses, and go at once',
  { timeout: 240_000 },
  async ({ kubelet, lab }) => {
    const names = Array.from({ length: 20 }, (_, index) => `pod${index}`);
    const ids = await Promise.all(names.map(async (name) => kubelet.run({ name })));
    const addresses = await Promise.all(ids.map(async (id) => kubelet.addressesOf(id)));
    expect(addresses.every((pair) => pair.length === 2)).toBe(true);
    expect(new Set(addresses.flat()).size).toBe(40);
    const answers = addresses.flat().map((address) => reach(lab, HOST, { address, port: 80 }));
    expect(new Set(answers)).toEqual(new Set(['hello']));
    await Promise.all(ids.map(async (id) => end(kubelet, id)));
    expectNothing(lab);
  },
);

test('Stop and Remove may come as often as a kubelet likes', async ({ kubelet, lab }) => {
  const id = await kubelet.run(web);
  for (let times = 0; times < 3; times += 1) await kubelet.stop(id);
  expectNothing(lab);
  for (let times = 0; times < 2; times += 1) await kubelet.remove(id);
});

test('pods outlive a containerd that is killed, and are deleted by the next one', async ({
  kubelet,
  lab,
}) => {
  const id = await kubelet.run(web);
  await kubelet.restart();
  expect(await kubelet.conditions()).toEqual({ RuntimeReady: true, NetworkReady: true });
  expect(await kubelet.addressesOf(id)).toEqual(['10.88.0.2', '2001:4860:4860::2']);
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('hello');
  await end(kubelet, id);
  expectNothing(lab);
});

test('a pod whose process and namespace are gone is deleted with an empty path, and leaves nothing', async ({
  kubelet,
  lab,
}) => {
  const id = await kubelet.run(web);
  const stays = await kubelet.run({ name: 'stays' });
  lose(lab, await kubelet.whereabouts(id));
  expect(readStore(lab).lease).toHaveLength(4);
  await end(kubelet, id);
  expect(readStore(lab).lease).toHaveLength(2);
  expect(elementsOf(lab)['any_ports4']).toEqual([]);
  const again = await kubelet.run({ ...web, attempt: 1 });
  expect(reach(lab, HOST, { address: '127.0.0.1', port: 8080 })).toBe('hello');
  await Promise.all([again, stays].map(async (one) => end(kubelet, one)));
  expectNothing(lab);
});
