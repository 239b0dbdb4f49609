// What is compared: the plugin calls that each side needs for the same container.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Call } from './timer.ts';

/** A container of the bench: its id, the path of its namespace, its published ports on the host. */
export interface Container {
  readonly id: string;
  readonly netns: string;
  readonly ports: readonly number[];
}

/** One of the two who are compared. */
export interface Side {
  readonly name: 'tsnet' | 'reference';
  /** A call that does nothing. */
  start(): Call[];
  add(container: Container): Call[];
  /** `result` is what the last call of `add` printed. */
  del(container: Container, result: string): Call[];
}

/** Where the reference plugins are. */
export const REFERENCE_FOLDER = '/usr/lib/cni';
const REFERENCE_PLUGINS = ['bridge', 'portmap', 'firewall', 'host-local', 'loopback', 'bandwidth'];

/** The reference plugins that are missing on this machine. */
export function missingReferencePlugins(): string[] {
  return REFERENCE_PLUGINS.map((name) => join(REFERENCE_FOLDER, name)).filter((file) => !existsSync(file));
}

/** The variables that a plugin is called with. */
export function environment(
  command: string,
  pluginFolder: string,
  container?: Container,
): Record<string, string> {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    CNI_COMMAND: command,
    CNI_PATH: pluginFolder,
    CNI_IFNAME: 'eth0',
    ...(container === undefined ? {} : { CNI_CONTAINERID: container.id, CNI_NETNS: container.netns }),
  };
}

/** What every configuration of the bench has. */
export const header = { cniVersion: '1.0.0', name: 'bench' };

/** The bridge of the containers. */
export const BRIDGE = 'bench0';

function bridgeConfig(dataDir?: string): object {
  const ipam = { type: 'host-local', dataDir, ranges: [[{ subnet: '10.88.0.0/16' }]] };
  return { ...header, type: 'bridge', bridge: BRIDGE, isDefaultGateway: true, ipMasq: true, ipam };
}

function publishing({ ports }: Container): object {
  const portMappings = ports.map((hostPort) => ({ hostPort, containerPort: 80, protocol: 'tcp' }));
  return { capabilities: { portMappings: true }, runtimeConfig: { portMappings } };
}

/** tsnet: one call of `dist/cni/bridge` does everything. `folder` is free for its state. */
export function tsnetSide(pluginFolder: string, folder: string): Side {
  const file = join(pluginFolder, 'bridge');
  const state = { TSNET_RUN_DIR: join(folder, 'run'), TSNET_STATE_DIR: join(folder, 'state') };
  const call = (command: string, container: Container): Call[] => {
    const env = { ...environment(command, pluginFolder, container), ...state };
    return [{ file, env, config: JSON.stringify({ ...bridgeConfig(), ...publishing(container) }) }];
  };
  return {
    name: 'tsnet',
    start: () => [{ file, env: environment('VERSION', pluginFolder), config: JSON.stringify(header) }],
    add: (container) => call('ADD', container),
    del: (container) => call('DEL', container),
  };
}

/** The plugins that do for a container what tsnet's bridge does alone. */
const REFERENCE_CHAIN = ['bridge', 'portmap', 'firewall'];

/** What a node with everything calls for a container. */
const LONGEST_CHAIN = ['loopback', ...REFERENCE_CHAIN, 'bandwidth'];

const LIMIT = { ingressRate: 1e9, ingressBurst: 1e9, egressRate: 1e9, egressBurst: 1e9 };

function configOf(plugin: string, container: Container, dataDir: string | undefined): object {
  if (plugin === 'bridge') return bridgeConfig(dataDir);
  const more = { portmap: publishing(container), bandwidth: LIMIT }[plugin];
  return { ...header, type: plugin, ...more };
}

/** Plugins called in turn with the result passed on, and in reverse for DEL. */
function chainSide(
  name: Side['name'],
  pluginFolder: string,
  plugins: readonly string[],
  { env, dataDir }: { env: Record<string, string>; dataDir: string | undefined },
): Side {
  // Left open for the timer, which completes it with a result.
  const awaiting = (config: object): string => `${JSON.stringify(config).slice(0, -1)},"prevResult":`;
  const call = (command: string, plugin: string, config: string, container?: Container): Call => {
    const ifname = plugin === 'loopback' ? { CNI_IFNAME: 'lo' } : {};
    const variables = { ...environment(command, pluginFolder, container), ...env, ...ifname };
    return { file: join(pluginFolder, plugin), env: variables, config };
  };
  // The loopback is a network of its own; the others follow the bridge.
  const isFirst = (plugin: string): boolean => plugin === 'loopback' || plugin === 'bridge';
  return {
    name,
    start: () => [call('VERSION', 'bridge', JSON.stringify(header))],
    add: (container) =>
      plugins.map((plugin) => {
        const config = configOf(plugin, container, dataDir);
        return call('ADD', plugin, isFirst(plugin) ? JSON.stringify(config) : awaiting(config), container);
      }),
    del: (container, result) =>
      [...plugins].reverse().map((plugin) => {
        const config = configOf(plugin, container, dataDir);
        const isAlone = plugin === 'loopback';
        const text = isAlone ? JSON.stringify(config) : `${awaiting(config)}${result}}`;
        return call('DEL', plugin, text, container);
      }),
  };
}

/** The reference: bridge, portmap and firewall. `folder` is free for its state. */
export function referenceSide(folder: string): Side {
  const place = { env: {}, dataDir: join(folder, 'host-local') };
  return chainSide('reference', REFERENCE_FOLDER, REFERENCE_CHAIN, place);
}

/** The same five plugins of either side, each a process: loopback, bridge, portmap, firewall, bandwidth. */
export function longestChain(name: Side['name'], pluginFolder: string, folder: string): Side {
  const state = { TSNET_RUN_DIR: join(folder, 'run'), TSNET_STATE_DIR: join(folder, 'state') };
  const place =
    name === 'tsnet' ? { env: state, dataDir: undefined } : { env: {}, dataDir: join(folder, 'host-local') };
  return chainSide(name, name === 'tsnet' ? pluginFolder : REFERENCE_FOLDER, LONGEST_CHAIN, place);
}
