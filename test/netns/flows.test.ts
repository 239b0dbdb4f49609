// UDP flows to published ports while containers come and go: a client that never stops sending.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { bridgeConfig, portsConfig, test } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';

const mapping = { hostPort: 8080, containerPort: 80, protocol: 'udp' };

/** A client in `where` that sends all the time. */
function startClient(lab: Lab, where: string, address: string, port: number) {
  const script = join(import.meta.dirname, 'udp-client.ts');
  const [file, args] = lab.inside(where, [process.execPath, script, address, String(port)]);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    /** Waits until somebody else answers, and tells who; `undefined` when the client has given up. */
    answerer: async (): Promise<string> => String((await lines.next()).value).split(' ')[0] ?? '',
    end: async (): Promise<void> => {
      if (!child.kill('SIGKILL')) return;
      await once(child, 'exit');
    },
  };
}

function flowsTo(lab: Lab, port: number): number {
  const table = lab.exec(HOST, ['cat', '/proc/net/nf_conntrack']);
  return table.split('\n').filter((line) => line.includes(`udp`) && line.includes(`dport=${port} `)).length;
}

for (const family of [4, 6] as const) {
  test(`IPv${family}: a client that keeps sending reaches the container that takes the port over`, async ({
    lab,
    cni,
  }) => {
    lab.addOutside();
    const config = portsConfig([mapping]);
    // Somebody who stays, so that the kernel goes on tracking connections in between.
    cni.add('other', bridgeConfig());
    cni.add('c1', config);
    await lab.serve('c1', 80);
    const client = startClient(lab, OUTSIDE.name, OUTSIDE[family].host, 8080);
    try {
      expect(await client.answerer()).toBe('c1');
      cni.del('c1', config);
      cni.add('c2', config);
      await lab.serve('c2', 80);
      expect(await client.answerer()).toBe('c2');
    } finally {
      await client.end();
    }
  });
}

test('so it is with portmap, also when the client began before there was anybody', async ({ lab, cni }) => {
  lab.addOutside();
  const bridge = bridgeConfig({ cniVersion: '0.4.0' });
  cni.add('other', bridge);
  const client = startClient(lab, OUTSIDE.name, OUTSIDE[4].host, 8080);
  try {
    for (const name of ['c1', 'c2']) {
      const prevResult = cni.add(name, bridge);
      const runtimeConfig = { portMappings: [mapping] };
      const config = { cniVersion: '0.4.0', name: 'net', type: 'portmap', runtimeConfig, prevResult };
      cni.add(name, config);
      await lab.serve(name, 80);
      expect(await client.answerer()).toBe(name);
      cni.del(name, config);
      cni.del(name, bridge);
    }
  } finally {
    await client.end();
  }
});

test('a flow that only passes through to the same port of another host stays', ({ lab, cni }) => {
  lab.addOutside();
  lab.shell(HOST, `bash -c 'echo x >/dev/udp/${OUTSIDE[4].outside}/8080'`);
  cni.add('c1', portsConfig([{ ...mapping, hostPort: 9090 }]));
  lab.shell(HOST, `bash -c 'echo x >/dev/udp/${OUTSIDE[4].outside}/8080'`);
  expect(flowsTo(lab, 8080)).toBe(1);
  cni.add('c2', portsConfig([mapping]));
  expect(flowsTo(lab, 8080)).toBe(1);
  cni.del('c2', portsConfig([mapping]));
  expect(flowsTo(lab, 8080)).toBe(1);
});
