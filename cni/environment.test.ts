import { expect, test } from 'vitest';
import { checkLengths, commands, readEnvironment } from './environment.ts';

const complete = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'box_1',
  CNI_NETNS: '/run/netns/box',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'IP=10.0.0.2',
  CNI_PATH: '/opt/cni/bin::/usr/lib/cni',
};

test('a complete environment is read', () => {
  expect(readEnvironment(complete)).toEqual({
    command: 'ADD',
    containerId: 'box_1',
    netns: '/run/netns/box',
    ifname: 'eth0',
    args: new Map([['IP', '10.0.0.2']]),
    path: ['/opt/cni/bin', '/usr/lib/cni'],
  });
});

test.each([
  ['ADD', 'CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME'],
  ['CHECK', 'CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME'],
  ['DEL', 'CNI_CONTAINERID,CNI_IFNAME'],
])('%s lists what is missing', (command, names) => {
  expect(() => readEnvironment({ CNI_COMMAND: command })).toThrow(
    expect.objectContaining({ cniCode: 4, message: `required env variables [${names}] missing` }),
  );
});

test.each(['GC', 'STATUS', 'VERSION'])('%s needs nothing else and looks at nothing else', (command) => {
  expect(readEnvironment({ CNI_COMMAND: command }).command).toBe(command);
  expect(readEnvironment({ ...complete, CNI_COMMAND: command, CNI_IFNAME: 'a/b' }).command).toBe(command);
});

test('VERSION bears dummies in CNI_ARGS', () => {
  expect(readEnvironment({ CNI_COMMAND: 'VERSION', CNI_ARGS: 'dummy' }).args.size).toBe(0);
});

test.each(['FOO', 'add', 'constructor', ''])('%j is no verb', (command) => {
  expect(() => readEnvironment({ ...complete, CNI_COMMAND: command })).toThrow(
    expect.objectContaining({ cniCode: 4, message: `unknown CNI_COMMAND: ${command}` }),
  );
  expect(commands).not.toContain(command);
});

const containsBad = 'interface name contains / or : or whitespace characters';

test.each([
  ['sixteen-letters-', 'interface name is too long'],
  ['éééééééé', 'interface name is too long'],
  ['.', 'interface name is . or ..'],
  ['..', 'interface name is . or ..'],
  ['a/b', containsBad],
  ['eth0:1', containsBad],
  ['a b', containsBad],
  ['a\n', containsBad],
])('the interface name %j is refused', (ifname, message) => {
  expect(() => readEnvironment({ ...complete, CNI_IFNAME: ifname })).toThrow(
    expect.objectContaining({ cniCode: 4, message }),
  );
});

test('an interface name may have 15 bytes', () => {
  expect(readEnvironment({ ...complete, CNI_IFNAME: 'fifteen-letters' }).ifname).toBe('fifteen-letters');
});

test.each(['../x', '-x', 'a b', 'a\n', 'ä'])('the container id %j is refused', (id) => {
  expect(() => readEnvironment({ ...complete, CNI_CONTAINERID: id })).toThrow(
    expect.objectContaining({ cniCode: 4, message: 'invalid characters in containerID' }),
  );
});

test('names that a link can carry together are not too long', () => {
  const [containerId, network] = ['c'.repeat(128), 'n'.repeat(100)];
  checkLengths({ containerId, network });
  expect(() => checkLengths({ containerId: `${containerId}c`, network })).toThrow(
    expect.objectContaining({ cniCode: 4, message: 'containerID is too long: 129 bytes, at most 128' }),
  );
  expect(() => checkLengths({ containerId, network: `${network}n` })).toThrow(
    expect.objectContaining({ cniCode: 7, message: 'network name is too long: 101 bytes, at most 100' }),
  );
});
