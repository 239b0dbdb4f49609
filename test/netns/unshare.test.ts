// `tsnet unshare`: an ordinary user has a private world in which all of tsnet works, and is told so where root is needed.
import { chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { executable } from '../../tools/paths.ts';
import { test as base } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Outcome } from './lab.ts';
import { snapshot } from './snapshot.ts';

const NOBODY = 65534;
const asNobody = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--'];

/** tsnet as an ordinary user would call it, at home. */
type Nobody = (...words: string[]) => Outcome;

const test = base.extend<{ nobody: Nobody }>({
  nobody: async ({ lab, skip }, use) => {
    const probe = lab.attempt(HOST, [...asNobody, 'unshare', '--user', '--map-root-user', '--net', 'true']);
    if (probe.status !== 0) skip(`ordinary users have no namespaces here: ${probe.stderr.trim()}`);
    const home = join(lab.folder, 'home');
    mkdirSync(home);
    chmodSync(lab.folder, 0o755);
    // The lab's is open to everybody.
    lab.shell(HOST, 'chmod 755 /run');
    chownSync(home, NOBODY, NOBODY);
    const env = { HOME: home, XDG_DATA_HOME: undefined, SHELL: '/bin/sh' };
    await use((...words) => lab.attempt(HOST, [...asNobody, executable, ...words], env, 'exit 5\n'));
  },
});

const server = `require('net').createServer((socket) => socket.end('hello from web')).listen(80)`;
const client = `(function call() {
  const socket = require('net').connect(8080, '10.8.0.1');
  socket.on('error', () => setTimeout(call, 20)).pipe(process.stdout);
})()`;

const world = `
tsnet() { "$TSNET" "$@"; }
tsnet network create --subnet 10.7.0.0/24 n1 > /dev/null
tsnet network create --subnet 10.8.0.0/24 n2 > /dev/null
tsnet run -d --name web --network n1 -p 8080:80 -- "$NODE" -e "$SERVER" > /dev/null
tsnet run --network n2 -- "$NODE" -e "$CLIENT"
echo
ls /run/netns
id -u
exit 7
`;

test('networks, sandboxes and published ports, in a world of its own', ({ lab, nobody }) => {
  const before = snapshot(lab);
  const variables = { TSNET: executable, NODE: process.execPath, SERVER: server, CLIENT: client };
  const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const outcome = nobody('unshare', '--', 'env', ...words, 'sh', '-ec', world);
  expect(outcome).toMatchObject({ status: 7, stdout: 'hello from web\nweb\n0\n' });
  // Its networks are there the next time, its sandboxes are not.
  const next = nobody(
    'unshare',
    'sh',
    '-ec',
    `${executable} network ls --format '{{.Name}}'; ${executable} ps -q`,
  );
  expect(next).toMatchObject({ status: 0, stdout: 'bridge\nhost\nn1\nn2\nnone\n' });
  expect(existsSync(join(lab.folder, 'home/.local/share/tsnet/networks.db'))).toBe(true);
  expect(snapshot(lab)).toEqual(before);
});

test('how it ends, and what needs root', ({ nobody }) => {
  // Without a command it is a shell, which reads what it is to do.
  expect(nobody('unshare').status).toBe(5);
  expect(nobody('unshare', '--', 'sh', '-c', 'kill -TERM $$').status).toBe(128 + 15);
  expect(nobody('unshare', '/nothing/there')).toMatchObject({
    status: 127,
    stderr: 'tsnet: exec "/nothing/there": no such file or directory (ENOENT)\n',
  });
  const within = `echo 0 > /proc/sys/user/max_user_namespaces; ${executable} unshare true`;
  expect(nobody('unshare', 'sh', '-c', within)).toMatchObject({
    status: 125,
    stderr: expect.stringMatching(/^tsnet: this system gives ordinary users no namespaces .*\n$/) as string,
  });
  for (const words of [['network', 'ls'], ['doctor'], ['run', '--', 'true'], ['ps']]) {
    const { status, stderr } = nobody(...words);
    expect(status).toBe(words[0] === 'run' ? 125 : 1);
    expect(stderr).toMatch(/^tsnet: needs root: .*; "tsnet unshare" gives you a private world .*\n$/);
  }
});
