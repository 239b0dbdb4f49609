import { expect, expectTypeOf, test } from 'vitest';
import { InterfaceAddress } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { networkConfig } from './config.ts';
import { optional, withDefault } from './go-json.ts';
import { integer, text } from './reader.ts';
import { invokePlugin } from './invoke.ts';
import { definePlugin } from './plugin.ts';
import type { Attachment, Call, Plugin } from './plugin.ts';
import type { Result } from './result.ts';
import { supportedVersions } from './version.ts';

const result: Result = {
  interfaces: [],
  ips: [{ address: InterfaceAddress.parse('10.0.0.2/24') }],
  routes: [],
  dns: {},
};

/** A plugin that keeps the calls it gets; `fail`, when given, is thrown by its verbs. */
function makeProbe(fail?: Error) {
  const calls: (Call & { attachments?: readonly Attachment[] })[] = [];
  const record = (call: Call) => {
    calls.push(call);
    if (fail) throw fail;
  };
  const plugin = definePlugin({
    type: 'probe',
    about: 'tsnet probe: a plugin for tests',
    config: networkConfig({ bridge: withDefault('cni0', text), vlan: optional(integer(0, 4094)) }),
    args: ['IP'],
    add(call) {
      expectTypeOf(call.config.bridge).toEqualTypeOf<string>();
      expectTypeOf(call.config.vlan).toEqualTypeOf<number | undefined>();
      expectTypeOf(call.config.ipMasq).toEqualTypeOf<boolean | undefined>();
      record(call);
      return result;
    },
    check: record,
    del: record,
    gc: record,
    status: record,
  });
  return { plugin, calls };
}

const env = { CNI_CONTAINERID: 'one', CNI_NETNS: '/run/netns/one', CNI_IFNAME: 'eth0', CNI_PATH: '/bin' };
const config = { cniVersion: '1.1.0', name: 'net', type: 'probe' };

/** Calls `plugin` as a runtime would; `stdin` is text, or an object to be sent as JSON. */
async function invoke(plugin: Plugin, command: string, stdin: string | object = config, more: object = {}) {
  let stdout = '';
  let stderr = '';
  const exitCode = await invokePlugin(plugin, {
    env: { ...env, CNI_COMMAND: command, ...more },
    readStdin: () => Buffer.from(typeof stdin === 'string' ? stdin : JSON.stringify(stdin)),
    writeStdout: (text) => (stdout += text),
    writeStderr: (text) => (stderr += text),
  });
  return { exitCode, stdout, stderr, json: stdout === '' ? undefined : (JSON.parse(stdout) as unknown) };
}

test('ADD prints the result in the version of the configuration', async () => {
  const { plugin, calls } = makeProbe();
  const { exitCode, json } = await invoke(
    plugin,
    'ADD',
    { ...config, cniVersion: '0.4.0' },
    { CNI_ARGS: 'IP=10.0.0.2' },
  );
  expect(exitCode).toBe(0);
  expect(json).toEqual({ cniVersion: '0.4.0', ips: [{ version: '4', address: '10.0.0.2/24' }], dns: {} });
  const [call] = calls;
  expect(call).toMatchObject({
    command: 'ADD',
    network: 'net',
    containerId: 'one',
    ifname: 'eth0',
    netns: '/run/netns/one',
    path: ['/bin'],
    version: '0.4.0',
    config: { bridge: 'cni0' },
    rawConfig: { ...config, cniVersion: '0.4.0' },
  });
  expect(call?.args.get('IP')).toBe('10.0.0.2');
  expect(call?.prevResult).toBeUndefined();
});

test('ADD that is tried again takes away first what the attempt before has left', async () => {
  const { plugin, calls } = makeProbe();
  const { exitCode, json } = await invoke(plugin, 'ADD', config, { TSNET_RETRY: '1', OTHER: 'kept' });
  expect({ exitCode, json }).toMatchObject({ exitCode: 0, json: { cniVersion: '1.1.0' } });
  expect(calls.map(({ command }) => command)).toEqual(['DEL', 'ADD']);
  for (const call of calls) {
    expect(call).toMatchObject({
      containerId: 'one',
      ifname: 'eth0',
      netns: '/run/netns/one',
      network: 'net',
    });
    // What a delegate gets: it has not been tried before.
    expect(Object.keys(call.env)).not.toContain('TSNET_RETRY');
    expect(call.env['OTHER']).toBe('kept');
  }
});

test.each(['DEL', 'CHECK', 'STATUS', 'GC'])(
  '%s that is tried again is the same as the first time',
  async (verb) => {
    const { plugin, calls } = makeProbe();
    const stdin = { ...config, 'cni.dev/valid-attachments': [] };
    expect(await invoke(plugin, verb, stdin, { TSNET_RETRY: '1' })).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    expect(calls.map(({ command }) => command)).toEqual([verb]);
  },
);

test('ADD that is tried again with bad input takes nothing away', async () => {
  const { plugin, calls } = makeProbe();
  const retry = { TSNET_RETRY: '1' };
  expect((await invoke(plugin, 'ADD', { ...config, bridge: 1 }, retry)).json).toHaveProperty('code', 7);
  expect((await invoke(plugin, 'ADD', config, { ...retry, CNI_ARGS: 'FOO=1' })).exitCode).toBe(1);
  expect(calls).toEqual([]);
});

test('ADD is not made when what the attempt before has left cannot be taken away', async () => {
  const { plugin, calls } = makeProbe(new TsnetError('TSNET_SYSCALL', 'stuck'));
  expect((await invoke(plugin, 'ADD', config, { TSNET_RETRY: '1' })).json).toHaveProperty('msg', 'stuck');
  expect(calls.map(({ command }) => command)).toEqual(['DEL']);
});

test('only 1 says that ADD is tried again', async () => {
  const { plugin, calls } = makeProbe();
  await invoke(plugin, 'ADD', config, { TSNET_RETRY: '' });
  expect(calls.map(({ command }) => command)).toEqual(['ADD']);
});

test.each(['DEL', 'CHECK', 'STATUS'])('%s prints nothing when it succeeds', async (command) => {
  const { plugin, calls } = makeProbe();
  expect(await invoke(plugin, command)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(calls.map((call) => call.command)).toEqual([command]);
});

test('DEL needs no netns', async () => {
  const { plugin, calls } = makeProbe();
  expect((await invoke(plugin, 'DEL', config, { CNI_NETNS: undefined })).exitCode).toBe(0);
  expect(calls[0]?.netns).toBe('');
});

test('without a verb it tells what it is', async () => {
  expect(await invoke(makeProbe().plugin, '', '')).toEqual({
    exitCode: 0,
    stdout: '',
    json: undefined,
    stderr: `tsnet probe: a plugin for tests\nCNI protocol versions supported: ${supportedVersions.join(', ')}\n`,
  });
});

test.each([
  ['', '1.1.0'],
  ['{bad', '1.1.0'],
  ['null', '1.1.0'],
  ['{"cniVersion":"9.9.9"}', '1.1.0'],
  ['{"cniVersion":"0.3.1"}', '0.3.1'],
])('VERSION answers %j with %s', async (stdin, cniVersion) => {
  const dummies = { CNI_CONTAINERID: '', CNI_NETNS: 'dummy', CNI_IFNAME: 'dummy', CNI_PATH: 'dummy' };
  const { exitCode, json } = await invoke(makeProbe().plugin, 'VERSION', stdin, dummies);
  expect(exitCode).toBe(0);
  expect(json).toEqual({ cniVersion, supportedVersions: [...supportedVersions] });
});

const list = '["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]';

test.each([
  ['FOO', config, { code: 4, msg: 'unknown CNI_COMMAND: FOO' }],
  ['ADD', '{bad', { code: 6, msg: 'network configuration: not JSON' }],
  ['ADD', { cniVersion: '1.1.0' }, { code: 7, msg: 'missing network name' }],
  ['ADD', { ...config, bridge: 1 }, { code: 7, msg: 'bridge 1: expected string, received number' }],
  [
    'ADD',
    { ...config, cniVersion: '9.9.9' },
    { code: 1, msg: 'incompatible CNI versions', details: `config is "9.9.9", plugin supports ${list}` },
  ],
  ['CHECK', { ...config, cniVersion: '0.3.1' }, { code: 1, msg: 'config version does not allow CHECK' }],
  ['GC', { ...config, cniVersion: '1.0.0' }, { code: 1, msg: 'config version does not allow GC' }],
  ['STATUS', { ...config, cniVersion: '1.0.0' }, { code: 1, msg: 'config version does not allow STATUS' }],
  ['ADD', { ...config, prevResult: { ips: [{}] } }, { code: 7, msg: 'prevResult.ips[0].address: missing' }],
])('%s with %j fails before the plugin is called', async (command, stdin, error) => {
  const { plugin, calls } = makeProbe();
  const { exitCode, json, stderr } = await invoke(plugin, command, stdin);
  expect(exitCode).toBe(1);
  expect(json).toMatchObject(error);
  expect(stderr).toBe('');
  expect(calls).toEqual([]);
});

test('an error has the version of the configuration, or the newest when there is none to use', async () => {
  expect((await invoke(makeProbe().plugin, 'CHECK', '{bad')).json).toHaveProperty('cniVersion', '1.1.0');
  const plugin = { ...makeProbe().plugin, args: [] };
  const old = await invoke(plugin, 'ADD', { ...config, cniVersion: '0.3.1' }, { CNI_ARGS: 'IP=1' });
  expect(old.json).toEqual({ cniVersion: '0.3.1', code: 999, msg: 'ARGS: unknown args ["IP=1"]' });
});

test('a plugin that names no CNI_ARGS bears any', async () => {
  const { plugin } = makeProbe();
  delete plugin.args;
  expect((await invoke(plugin, 'ADD', config, { CNI_ARGS: 'FOO=1' })).exitCode).toBe(0);
});

test('whatever a verb throws becomes one error object', async () => {
  const fail = (error: Error) => invoke(makeProbe(error).plugin, 'ADD');
  expect(await fail(new TsnetError('TSNET_EXHAUSTED', 'network "net": full'))).toMatchObject({
    exitCode: 1,
    json: { cniVersion: '1.1.0', code: 101, msg: 'network "net": full' },
    stderr: '',
  });
  const defect = await fail(new TypeError('oops'));
  expect(defect.json).toEqual({ cniVersion: '1.1.0', code: 999, msg: 'oops' });
  expect(defect.stderr).toContain('TypeError: oops\n    at ');
});

test('prevResult is decoded, and forgiven on DEL', async () => {
  const { plugin, calls } = makeProbe();
  await invoke(plugin, 'ADD', { ...config, prevResult: { ips: [{ address: '10.0.0.9/24' }] } });
  expect(calls[0]?.prevResult?.ips[0]?.address.toString()).toBe('10.0.0.9/24');
  expect((await invoke(plugin, 'DEL', { ...config, prevResult: { ips: [{}] } })).exitCode).toBe(0);
});

test('GC passes on what must stay', async () => {
  const valid = [{ containerID: 'one', ifname: 'eth0' }];
  const attachments = async (keys: object) => {
    const { plugin, calls } = makeProbe();
    expect(await invoke(plugin, 'GC', { ...config, ...keys })).toMatchObject({ exitCode: 0, stdout: '' });
    return calls[0]?.attachments;
  };
  const expected = [{ containerId: 'one', ifname: 'eth0' }];
  expect(await attachments({ 'cni.dev/valid-attachments': valid })).toEqual(expected);
  expect(await attachments({ 'cni.dev/attachments': valid })).toEqual(expected);
  expect(await attachments({ 'cni.dev/valid-attachments': valid, 'cni.dev/attachments': [] })).toEqual(
    expected,
  );
  expect(await attachments({ 'cni.dev/valid-attachments': null })).toEqual([]);
});

test.each([
  [{}, /^cni\.dev\/valid-attachments: missing: /],
  [{ 'cni.dev/valid-attachments': 'x' }, /^cni\.dev\/valid-attachments "x": /],
  [
    { 'cni.dev/valid-attachments': [{ ifname: 'eth0' }] },
    /^cni\.dev\/valid-attachments\[0\]\.containerID: missing$/,
  ],
])('GC with %j deletes nothing', async (keys, message) => {
  const { plugin, calls } = makeProbe();
  const { exitCode, json } = await invoke(plugin, 'GC', { ...config, ...keys });
  expect(exitCode).toBe(1);
  expect(json).toMatchObject({ code: 7, msg: expect.stringMatching(message) as string });
  expect(calls).toEqual([]);
});

test('a plugin without GC and STATUS has nothing to do for them', async () => {
  const { plugin } = makeProbe();
  delete plugin.gc;
  delete plugin.status;
  expect(await invoke(plugin, 'STATUS')).toMatchObject({ exitCode: 0, stdout: '' });
  expect(await invoke(plugin, 'GC')).toMatchObject({ exitCode: 0, stdout: '' });
});
