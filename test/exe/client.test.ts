// The client of the daemon against one that does what the test says: what it sends, and every way to end.
import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { bindUnix, connectUnix, openUnixSocket } from '../../native/index.ts';
import { ClientBench, FIRST, RETRY } from './client.ts';
import { addonCall, bridge, config, start } from './executable.ts';

let bench: ClientBench;

beforeEach(() => {
  bench = new ClientBench();
});

afterEach(() => {
  bench[Symbol.dispose]();
});

const done = (stdout: string, status = 0, stderr = '') => ({ status, stdout, stderr });
const first = (input = '') => done(FIRST + input);
const retried = (input = '') => done(RETRY + input);

describe('the request', () => {
  test('has the version, the plugin, the variables that matter, and stdin', async () => {
    const daemon = bench.daemon();
    const input = Buffer.concat([Buffer.from('{"a":1}\0'), Buffer.from([0, 255, 10])]);
    const env = { CNI_ARGS: 'A=b;C=d', TSNET_STATE_DIR: '/s', TRACEPARENT: '00-1', PATH: '/bin', XCNI_: 'x' };
    const running = bench.start({ env, input });
    const caller = await daemon.serve();
    expect(caller.request).toEqual({
      version: `tsnet ${packageJson.version}`,
      plugin: 'bridge',
      variables: [
        'CNI_ARGS=A=b;C=d',
        'CNI_COMMAND=ADD',
        'CNI_CONTAINERID=box',
        'CNI_IFNAME=eth0',
        'CNI_NETNS=',
        'TRACEPARENT=00-1',
        `TSNET_RUN_DIR=${bench.run}`,
        'TSNET_STATE_DIR=/s',
      ],
      stdin: input,
      descriptors: [],
    });
    caller.send('B');
    caller.end(0, '{"done":true}\n');
    expect(await running.outcome).toEqual(done('{"done":true}\n'));
  });

  test('carries the namespace as an open descriptor', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ env: { CNI_NETNS: '/proc/self/ns/net' } });
    const caller = await daemon.serve();
    const [descriptor = -1, ...others] = caller.request.descriptors;
    expect(others).toEqual([]);
    const { dev, ino } = statSync('/proc/self/ns/net');
    expect(fstatSync(descriptor)).toMatchObject({ dev, ino });
    caller.end(0);
    expect(await running.outcome).toEqual(done(''));
  });

  test('carries none where nothing is, and is not kept waiting by a pipe', async () => {
    const daemon = bench.daemon();
    const pipe = join(bench.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [path, count] of [
      ['/nowhere', 0],
      [pipe, 1],
    ] as const) {
      const running = bench.start({ env: { CNI_NETNS: path } });
      const caller = await daemon.serve();
      expect(caller.request.descriptors).toHaveLength(count);
      expect(caller.request.variables).toContain(`CNI_NETNS=${path}`);
      caller.end(0);
      expect(await running.outcome).toEqual(done(''));
    }
  });

  test.each(['bridge', '/opt/cni/bin/bridge', './x/bridge', '//bridge'])('called as %s', async (argv0) => {
    const daemon = bench.daemon();
    const running = bench.start({ argv0 });
    const caller = await daemon.serve();
    expect(caller.request.plugin).toBe('bridge');
    caller.end(0);
    expect(await running.outcome).toEqual(done(''));
  });

  test('has all of a stdin that comes in pieces', async () => {
    const daemon = bench.daemon();
    const script = '{ printf one; sleep 0.1; printf two; } | "$0"';
    const running = bench.start({ env: { PATH: '/usr/bin:/bin' }, wrapper: ['sh', '-c', script] });
    const caller = await daemon.serve();
    expect(caller.request.stdin.toString()).toBe('onetwo');
    caller.end(0);
    expect(await running.outcome).toEqual(done(''));
  });

  test('may have 128 KiB, and not a byte more', async () => {
    const daemon = bench.daemon();
    const small = bench.start();
    const caller = await daemon.serve();
    const head = [caller.request.version, caller.request.plugin, ...caller.request.variables, '', ''];
    caller.end(0);
    await small.outcome;

    const room = 128 * 1024 - head.join('\0').length;
    const most = bench.start({ input: 'x'.repeat(room) });
    const full = await daemon.serve();
    expect(full.request.stdin).toHaveLength(room);
    full.send('N', 'no');
    expect(await most.outcome).toEqual(first('x'.repeat(room)));

    const more = bench.start({ input: 'x'.repeat(room + 1) });
    expect(await (await daemon.accept()).receive()).toBeUndefined();
    expect(await more.outcome).toEqual(first('x'.repeat(room + 1)));
  });
});

describe('the one-shot executable does it with the same input', () => {
  test('without a daemon', async () => {
    expect(await bench.start({ input: 'config' }).outcome).toEqual(first('config'));
  });

  test('where a daemon was', async () => {
    mkdirSync(bench.run);
    const killed = openUnixSocket('seqpacket');
    bindUnix(killed, join(bench.run, 'tsnet.sock'));
    closeSync(killed);
    expect(await bench.start({ input: 'config' }).outcome).toEqual(first('config'));
  });

  test.each([200_000, 1 << 20])('stdin of %i bytes', async (size) => {
    bench.daemon();
    const input = 'x'.repeat(size);
    expect(await bench.start({ input }).outcome).toEqual(first(input));
  });

  test.each([
    { TSNET_LOG: 'info' },
    { CNI_COMMAND: '' },
    { CNI_NETNS: 'relative' },
    { TSNET_RUN_DIR: '' },
    { TSNET_RUN_DIR: 'relative' },
    { TSNET_RUN_DIR: `/${'x'.repeat(96)}` },
    { TSNET_RUN_DIR: `/${'x'.repeat(3000)}` },
    { CNI_ARGS: 'x'.repeat(120_000), TSNET_X: 'x'.repeat(120_000) },
  ])('%j', async (env) => {
    bench.daemon();
    expect(await bench.start({ env: { ...env }, input: 'config' }).outcome).toEqual(first('config'));
  });

  test.each(['', '/opt/cni/bin/'])('called as "%s"', async (argv0) => {
    bench.daemon();
    expect(await bench.start({ argv0, input: 'config' }).outcome).toEqual(first('config'));
  });

  test('refused', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ input: 'config' });
    (await daemon.serve()).send('N', 'stopping');
    expect(await running.outcome).toEqual(first('config'));
  });

  test('refused before the request is there, and hung up', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ input: 'config' });
    const caller = await daemon.accept();
    caller.send('N', 'too many');
    caller.close();
    expect(await running.outcome).toEqual(first('config'));
  });

  test('the daemon says nothing: in time it is too late for it to begin', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ input: 'config' });
    const caller = await daemon.serve();
    expect(await running.outcome).toEqual(first('config'));
    expect(() => {
      caller.send('B');
    }).toThrow('EPIPE');
  });

  test('the daemon takes no more connections', async () => {
    bench.daemon(0);
    const waiting: number[] = [];
    const connect = (): boolean => {
      const fd = openUnixSocket('seqpacket');
      waiting.push(fd);
      try {
        connectUnix(fd, join(bench.run, 'tsnet.sock'));
        return true;
      } catch {
        return false;
      }
    };
    while (connect());
    expect(await bench.start({ input: 'config' }).outcome).toEqual(first('config'));
    for (const fd of waiting) closeSync(fd);
  });

  test('the daemon dies before it begins', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ input: 'config' });
    (await daemon.serve()).close();
    expect(await running.outcome).toEqual(first('config'));
    // With the request unread, which is an error at the other end.
    const another = bench.start({ input: 'config' });
    const caller = await daemon.accept();
    await caller.hasSent();
    caller.close();
    expect(await another.outcome).toEqual(first('config'));
  });

  test('the daemon dies after it has begun, whatever it has said', async () => {
    const daemon = bench.daemon();
    for (const said of ['', 'half of a result']) {
      const running = bench.start({ input: 'config' });
      const caller = await daemon.serve();
      caller.send('B');
      if (said !== '') caller.send('O', said);
      caller.send('E', 'and a warning');
      caller.close();
      expect(await running.outcome).toEqual(retried('config'));
    }
  });

  test('it has begun without having read all, and dies', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ input: 'config' });
    const caller = await daemon.accept();
    caller.send('B');
    await caller.hasSent();
    caller.close();
    expect(await running.outcome).toEqual(retried('config'));
  });

  test('with its own name, and without one', async () => {
    // The executable itself tells which name it was called by.
    rmSync(bench.oneShot);
    symlinkSync(bridge, bench.oneShot);
    const env = { CNI_COMMAND: '', TSNET_RUN_DIR: bench.run };
    for (const argv0 of ['portmap', '/x/y/portmap', 'no-such-plugin', '']) {
      const { status, stdout, stderr } = await bench.start({ env, argv0 }).outcome;
      expect({ status, stdout, stderr }).toEqual(start(bridge, { env, argv0 }));
    }
  });

  test('that is not there is told as an error of CNI', async () => {
    rmSync(bench.oneShot);
    const { status, stdout, stderr } = await bench.start().outcome;
    expect([status, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toEqual({
      cniVersion: '1.0.0',
      code: 5,
      msg: 'tsnet-client: cannot run the file tsnet in the folder of tsnet-client (tsnet cni install --daemon puts it there): errno 2',
    });
  });
});

describe('the answer', () => {
  test('in pieces is one', async () => {
    const daemon = bench.daemon();
    const running = bench.start();
    const caller = await daemon.serve();
    caller.send('B');
    for (const piece of ['one', '', 'two']) {
      caller.send('O', piece);
      caller.send('E', piece.toUpperCase());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    caller.end(7, 'three');
    expect(await running.outcome).toEqual(done('onetwothree', 7, 'ONETWO'));
  });

  test('may be long in coming once it has begun', async () => {
    const daemon = bench.daemon();
    const running = bench.start();
    const caller = await daemon.serve();
    caller.send('B');
    await new Promise((resolve) => setTimeout(resolve, 4500));
    caller.end(0, 'late');
    expect(await running.outcome).toEqual(done('late'));
  });

  test('is held back until it is whole', async () => {
    const daemon = bench.daemon();
    const file = join(bench.folder, 'out');
    const running = bench.start({ wrapper: ['sh', '-c', `exec "$0" >'${file}'`], env: { PATH: '/bin' } });
    const caller = await daemon.serve();
    caller.send('B');
    caller.send('O', 'a piece');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(statSync(file).size).toBe(0);
    caller.end(0);
    await running.outcome;
    expect(statSync(file).size).toBe(7);
  });

  test.each([0, 1, 2, 125, 255])('has exit code %i', async (code) => {
    const daemon = bench.daemon();
    const running = bench.start();
    (await daemon.serve()).end(code, 'x');
    expect(await running.outcome).toEqual(done('x', code));
  });

  test('may have megabytes', async () => {
    const daemon = bench.daemon();
    const running = bench.start();
    const caller = await daemon.serve();
    caller.send('B');
    const pieces = Array.from({ length: 100 }, (_, number) =>
      String.fromCharCode(97 + (number % 26)).repeat(65536),
    );
    for (const piece of pieces) await caller.deliver('O', piece);
    await caller.deliver('X', '\0end');
    const { status, stdout } = await running.outcome;
    expect(status).toBe(0);
    expect(stdout === `${pieces.join('')}end`).toBe(true);
  });
});

/** What a client is to make of messages after which the daemon hangs up. */
function expected(messages: readonly Buffer[], input: string) {
  let hasBegun = false;
  const streams: Record<string, string> = { O: '', E: '' };
  for (const message of messages) {
    const kind = message.toString('latin1', 0, 1);
    const content = message.toString('latin1', 1);
    if (kind === 'N' && !hasBegun) return first(input);
    if (kind === 'W' && !hasBegun) continue;
    if (kind === 'X' && message.length >= 2)
      return done(`${streams['O'] ?? ''}${content.slice(1)}`, message[1], streams['E']);
    if (!['B', 'O', 'E'].includes(kind)) return retried(input);
    hasBegun = true;
    if (kind in streams) streams[kind] = `${streams[kind] ?? ''}${content}`;
  }
  return hasBegun ? retried(input) : first(input);
}

const anyMessage = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('W', 'B', 'B', 'O', 'O', 'E', 'E', 'X', 'N') },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) },
    ),
    fc.uint8Array({ maxLength: 300 }),
  )
  .map(([kind, content]) => Buffer.concat([Buffer.from(kind, 'latin1'), content]));

test('whatever is answered, it is the answer or the one-shot executable', async () => {
  const daemon = bench.daemon();
  await fc.assert(
    fc.asyncProperty(fc.array(anyMessage, { maxLength: 6 }), async (messages) => {
      const running = bench.start({ input: 'config' });
      const caller = await daemon.serve();
      for (const message of messages) {
        try {
          caller.send('', message);
        } catch {
          // It wants to hear no more.
        }
      }
      caller.close();
      expect(await running.outcome).toEqual(expected(messages, 'config'));
    }),
    { numRuns: 150 },
  );
});

test('while it is told that its turn will come, it waits for longer than it would without a word', async () => {
  const daemon = bench.daemon();
  const running = bench.start({ input: 'config' });
  const caller = await daemon.serve();
  for (let word = 0; word < 2; word++) {
    await sleep(1300);
    caller.send('W');
  }
  caller.send('B');
  caller.send('X', '\0result');
  caller.close();
  expect(await running.outcome).toEqual(done('result', 0));
});

test('after something that makes no sense it waits until the daemon is no longer at it', async () => {
  const daemon = bench.daemon();
  const running = bench.start({ input: 'config' });
  const caller = await daemon.serve();
  caller.send('?');
  const ended = await Promise.race([
    running.outcome.then(() => true),
    new Promise((resolve) => setTimeout(resolve, 300, false)),
  ]);
  expect(ended).toBe(false);
  expect(() => {
    caller.send('B');
  }).toThrow('EPIPE');
  caller.close();
  expect(await running.outcome).toEqual(retried('config'));
});

describe('without a daemon it is the plugin', () => {
  const clientBridge = bridge.replace('/cni/', '/cni-client/');
  const calls: [string, Record<string, string>, string][] = [
    ['VERSION', { CNI_COMMAND: 'VERSION' }, '{"cniVersion":"0.4.0"}'],
    ['no verb', {}, ''],
    ['an unknown verb', { ...addonCall, CNI_COMMAND: 'FOO' }, config()],
    ['a namespace that is none', addonCall, config()],
    ['ADD of nothing', { ...addonCall, CNI_COMMAND: 'ADD' }, ''],
    ...['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'].map((verb): [string, Record<string, string>, string] => [
      `${verb} that is not JSON`,
      { ...addonCall, CNI_COMMAND: verb },
      '{bad',
    ]),
    ...['CHECK', 'GC', 'STATUS'].map((verb): [string, Record<string, string>, string] => [
      `${verb} of a version without it`,
      { ...addonCall, CNI_COMMAND: verb },
      config({ cniVersion: '0.3.1' }),
    ]),
    ['a key of the wrong kind', addonCall, config({ bridge: 7 })],
    ['an error of 300 kB', addonCall, config({ cniVersion: '9'.repeat(300_000) })],
  ];
  test.each(calls)('%s', (_, variables, input) => {
    const env = { TSNET_RUN_DIR: bench.run, TSNET_STATE_DIR: bench.run, ...variables };
    expect(start(clientBridge, { env, input })).toEqual(start(bridge, { env, input }));
  });

  test('STATUS and DEL of what is not there', () => {
    const env = { ...addonCall, TSNET_RUN_DIR: bench.run, TSNET_STATE_DIR: bench.run };
    for (const verb of ['STATUS', 'DEL']) {
      const call = { env: { ...env, CNI_COMMAND: verb }, input: config({ cniVersion: '1.1.0' }) };
      expect(start(clientBridge, call)).toEqual(start(bridge, call));
    }
  });
});
