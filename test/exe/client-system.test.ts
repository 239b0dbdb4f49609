// The client and the system: what kind of file it is, what it takes, and calls of the kernel that do not go well.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { client } from '../../tools/paths.ts';
import { until } from '../fake-daemon.ts';
import { ClientBench, FIRST, RETRY } from './client.ts';
import { obstacle } from './executable.ts';

let bench: ClientBench;

beforeEach(() => {
  bench = new ClientBench();
});

afterEach(() => {
  bench[Symbol.dispose]();
});

/** elf(5): Elf64_Phdr, p_type and p_flags. */
const PT = { DYNAMIC: 2, INTERP: 3, GNU_STACK: 0x6474e551 } as const;
const PF = { X: 1, W: 2 } as const;

describe('the file', () => {
  const bytes = readFileSync(client);
  const [offset, size, count] = [
    Number(bytes.readBigUInt64LE(32)),
    bytes.readUInt16LE(54),
    bytes.readUInt16LE(56),
  ];
  const headers = Array.from({ length: count }, (_, number) => {
    const at = offset + number * size;
    return { type: bytes.readUInt32LE(at), flags: bytes.readUInt32LE(at + 4) };
  });

  test('has less than 100 kB', () => expect(bytes.length).toBeLessThan(100_000));

  test('needs no loader and no library', () => {
    const types = headers.map(({ type }) => type);
    expect(types).not.toContain(PT.INTERP);
    expect(types).not.toContain(PT.DYNAMIC);
  });

  test('has no memory that can be written and executed, the stack included', () => {
    expect(headers.map(({ type }) => type)).toContain(PT.GNU_STACK);
    for (const { flags } of headers) expect(flags & (PF.X | PF.W)).not.toBe(PF.X | PF.W);
  });
});

test('it takes less than 1 MB, with a request of 100 kB and an answer of 300', async () => {
  const daemon = bench.daemon();
  const running = bench.start({ input: 'x'.repeat(100_000) });
  const caller = await daemon.serve();
  caller.send('B');
  for (let piece = 0; piece < 4; piece++) await caller.deliver('O', 'x'.repeat(65536));
  await until(() => (kilobytes(running.pid) > 350 ? true : undefined));
  expect(kilobytes(running.pid)).toBeLessThan(1000);
  await caller.deliver('X', '\0');
  expect((await running.outcome).stdout).toHaveLength(4 * 65536);
});

function kilobytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('stopped and continued in the middle, it goes on', async () => {
  const daemon = bench.daemon();
  const running = bench.start();
  const caller = await daemon.serve();
  process.kill(running.pid, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  caller.send('B');
  caller.end(0, 'done');
  process.kill(running.pid, 'SIGCONT');
  expect(await running.outcome).toEqual({ status: 0, stdout: 'done', stderr: '' });
});

describe('streams', () => {
  const sh = (script: string) => ({ wrapper: ['sh', '-c', script], env: { PATH: '/usr/bin:/bin' } });

  test('a closed stdin stays closed', async () => {
    bench.daemon();
    const { status, stdout, stderr } = await bench.start(sh('exec "$0" <&-')).outcome;
    // What cat says of it.
    expect({ status, stdout }).toEqual({ status: 1, stdout: FIRST });
    expect(stderr).toMatch(/Bad file descriptor/);
  });

  test('all closed: nothing of the client is mistaken for one of them', async () => {
    const daemon = bench.daemon();
    const running = bench.start(sh('exec "$0" </dev/null >&- 2>&-'));
    const caller = await daemon.serve();
    caller.send('E', 'a warning');
    caller.end(3, 'a result');
    expect(await running.outcome).toEqual({ status: 3, stdout: '', stderr: '' });
    expect(await caller.receive()).toBeUndefined();
  });

  test('a stdin that is a folder', async () => {
    bench.daemon();
    const { stdout, stderr } = await bench.start(sh('exec "$0" </')).outcome;
    expect(stdout).toBe(FIRST);
    expect(stderr).toMatch(/Is a directory/);
  });

  test('a reader that is gone is an error, and no signal', async () => {
    const daemon = bench.daemon();
    const running = bench.start(sh('{ "$0"; echo $? >&2; } | true'));
    const caller = await daemon.serve();
    caller.send('B');
    await new Promise((resolve) => setTimeout(resolve, 200));
    caller.end(0, 'a result');
    expect((await running.outcome).stderr).toBe('tsnet-client: cannot write the answer\n1\n');
  });

  test('a full disk is an error', async () => {
    const daemon = bench.daemon();
    const running = bench.start(sh('exec "$0" >/dev/full'));
    (await daemon.serve()).end(0, 'a result');
    expect(await running.outcome).toMatchObject({
      status: 1,
      stderr: 'tsnet-client: cannot write the answer\n',
    });
  });

  test('pipes that do not block', async () => {
    const [input, output] = ['in', 'out'].map((name) => join(bench.folder, name));
    if (input === undefined || output === undefined) throw new Error('no pipes');
    execFileSync('mkfifo', [input, output]);
    const stdin = openSync(input, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(input, constants.O_WRONLY);
    const stdout = openSync(output, constants.O_RDWR | constants.O_NONBLOCK);
    const daemon = bench.daemon();
    const running = bench.start({ stdio: [stdin, stdout, 'pipe'] });
    const caller = await daemon.accept();
    // It has found nothing to read by now, in all likelihood.
    await new Promise((resolve) => setTimeout(resolve, 100));
    writeSync(writer, 'config');
    closeSync(writer);
    expect((await caller.receive())?.stdin.toString()).toBe('config');

    const answer = 'x'.repeat(200_000);
    caller.end(0, answer);
    let read = 0;
    await until(() => {
      try {
        read += readSync(stdout, Buffer.alloc(30_000));
      } catch {
        return undefined;
      }
      return read === answer.length ? true : undefined;
    });
    expect((await running.outcome).status).toBe(0);
    for (const fd of [stdin, stdout]) closeSync(fd);
  });

  test('a terminal is read to the end of input', async () => {
    const daemon = bench.daemon();
    const running = bench.start({
      wrapper: ['sh', '-c', 'exec script -qec "$0" /dev/null'],
      env: { PATH: '/usr/bin:/bin', SHELL: '/bin/sh' },
      input: '{"a":1}\n',
    });
    const caller = await daemon.serve();
    expect(caller.request.stdin.toString()).toBe('{"a":1}\n');
    caller.end(0, 'done\n');
    expect((await running.outcome).stdout).toMatch(/done\r\n$/);
  });
});

const noStrace = obstacle({ tools: ['strace'] });

/** A client some of whose system calls go as `rules` say. */
const tampered = (...rules: string[]) => [
  'strace',
  '-qq',
  '-o',
  '/dev/null',
  ...rules.flatMap((rule) => ['-e', `inject=${rule}`]),
];

describe.skipIf(noStrace !== undefined)(`system calls ${noStrace ? `(skipped: ${noStrace})` : ''}`, () => {
  test('that are interrupted are made again', async () => {
    const daemon = bench.daemon();
    const calls = ['connect', 'read', 'sendmsg', 'recvfrom', 'write'];
    const wrapper = tampered(...calls.map((name) => `${name}:error=EINTR:when=1`));
    const running = bench.start({ input: 'config', wrapper });
    const caller = await daemon.serve();
    expect(caller.request.stdin.toString()).toBe('config');
    caller.send('B');
    caller.end(0, 'done');
    expect(await running.outcome).toEqual({ status: 0, stdout: 'done', stderr: '' });
  });

  test('a pipe that takes little at a time gets all', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ wrapper: tampered('write:error=EAGAIN:when=1') });
    (await daemon.serve()).end(0, 'done');
    expect(await running.outcome).toEqual({ status: 0, stdout: 'done', stderr: '' });
  });

  // The time is up while the beginning is on its way.
  const late = 'recvfrom:error=EAGAIN:delay_enter=500ms:when=1';

  test('begun at the last moment: it waits until the daemon is through, then tries again', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ input: 'config', wrapper: tampered(late) });
    const caller = await daemon.serve();
    caller.send('B');
    await until(() => {
      try {
        caller.send('O', 'x');
        return undefined;
      } catch {
        return true;
      }
    });
    const ended = await Promise.race([
      running.outcome.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 300, false)),
    ]);
    expect(ended).toBe(false);
    caller.close();
    expect(await running.outcome).toEqual({ status: 0, stdout: `${RETRY}config`, stderr: '' });
  });

  test('done at the last moment: it is done', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ wrapper: tampered(late) });
    const caller = await daemon.serve();
    caller.send('B');
    caller.end(0, 'done');
    expect(await running.outcome).toEqual({ status: 0, stdout: 'done', stderr: '' });
  });

  test.each(['socket:error=EMFILE', 'connect:error=EACCES', 'sendmsg:error=EMSGSIZE', 'sendmsg:error=EPIPE'])(
    'it cannot be sent: %s',
    async (rule) => {
      bench.daemon();
      const { status, stdout } = await bench.start({ input: 'config', wrapper: tampered(rule) }).outcome;
      expect({ status, stdout }).toEqual({ status: 0, stdout: `${FIRST}config` });
    },
  );

  test.each(['mmap:error=ENOMEM:when=1', 'recvfrom:error=EIO:when=1'])(
    'the answer cannot be received: %s',
    async (rule) => {
      const daemon = bench.daemon();
      const running = bench.start({ input: 'config', wrapper: tampered(rule) });
      const caller = await daemon.serve();
      // Whether it had begun is not known; that it is not at it any more is.
      caller.close();
      const { status, stdout } = await running.outcome;
      expect({ status, stdout }).toEqual({ status: 0, stdout: `${RETRY}config` });
    },
  );

  test('a kernel that does not know a flag of memory files', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ input: 'config', wrapper: tampered('memfd_create:error=EINVAL:when=1') });
    (await daemon.serve()).send('N', '');
    expect((await running.outcome).stdout).toBe(`${FIRST}config`);
  });

  test('no memory for stdin is told as an error of CNI', async () => {
    const daemon = bench.daemon();
    const running = bench.start({ input: 'config', wrapper: tampered('memfd_create:error=ENOSYS') });
    (await daemon.serve()).send('N', '');
    const { status, stdout } = await running.outcome;
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 5,
      msg: 'tsnet-client: cannot make a file for stdin: errno 38',
    });
  });
});

test('the file is the one that is shipped', () => {
  expect(statSync(client).mode & 0o111).toBe(0o111);
});
