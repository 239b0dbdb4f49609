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

/** Who is compared: tsnet as a process for each call, tsnet with its daemon, the reference plugins. */
export type SideName = 'tsnet' | 'daemon' | 'reference';

/** One of those who are compared. */
export interface Side {
  readonly name: SideName;
  /** The variables of the daemon that has to run for it, if one has to. */
  readonly daemon?: Readonly<Record<string, string>> | undefined;
  /** A call that does nothing. */
  start(): Call[];
  /** What is done before `add`, and is not measured. */
  before?(container: Container): Call[];
  /** `result` is what the last call of `before` printed. */
  add(container: Container, result: string): Call[];
  /** `result` is what the last call of `add` printed. */
  del(container: Container, result: string): Call[];
  /** What is done after `del`, and is not measured. */
  after?(container: Container, result: string): Call[];
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

/** Where tsnet keeps its state. */
function stateIn(folder: string): Record<string, string> {
  return { TSNET_RUN_DIR: join(folder, 'run'), TSNET_STATE_DIR: join(folder, 'state') };
}

/** tsnet: one call of the plugin `bridge` does everything. `folder` is free for its state. */
export function tsnetSide(name: 'tsnet' | 'daemon', pluginFolder: string, folder: string): Side {
  const file = join(pluginFolder, 'bridge');
  const state = stateIn(folder);
  const call = (command: string, container: Container): Call[] => {
    const env = { ...environment(command, pluginFolder, container), ...state };
    return [{ file, env, config: JSON.stringify({ ...bridgeConfig(), ...publishing(container) }) }];
  };
  return {
    name,
    daemon: name === 'daemon' ? state : undefined,
    start: () => [
      { file, env: { ...environment('VERSION', pluginFolder), ...state }, config: JSON.stringify(header) },
    ],
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

/** Where the plugins of a chain are, and where they keep their state. */
interface Place {
  readonly name: SideName;
  readonly pluginFolder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly dataDir: string | undefined;
}

/** `folder` is free for the state of the side; `pluginFolder` is of no use to the reference. */
function placeOf(name: SideName, pluginFolder: string, folder: string): Place {
  return name === 'reference'
    ? { name, pluginFolder: REFERENCE_FOLDER, env: {}, dataDir: join(folder, 'host-local') }
    : { name, pluginFolder, env: stateIn(folder), dataDir: undefined };
}

function callOf(place: Place, command: string, plugin: string, config: string, container?: Container): Call {
  const ifname = plugin === 'loopback' ? { CNI_IFNAME: 'lo' } : {};
  const env = { ...environment(command, place.pluginFolder, container), ...place.env, ...ifname };
  return { file: join(place.pluginFolder, plugin), env, config };
}

// Left open for the timer, which completes it with a result.
function awaiting(config: object): string {
  return `${JSON.stringify(config).slice(0, -1)},"prevResult":`;
}

function addCalls(place: Place, plugins: readonly string[], container: Container): Call[] {
  // The loopback is a network of its own; the others follow the bridge.
  const isFirst = (plugin: string): boolean => plugin === 'loopback' || plugin === 'bridge';
  return plugins.map((plugin) => {
    const config = configOf(plugin, container, place.dataDir);
    return callOf(
      place,
      'ADD',
      plugin,
      isFirst(plugin) ? JSON.stringify(config) : awaiting(config),
      container,
    );
  });
}

function delCalls(place: Place, plugins: readonly string[], container: Container, result: string): Call[] {
  return [...plugins].reverse().map((plugin) => {
    const config = configOf(plugin, container, place.dataDir);
    const text = plugin === 'loopback' ? JSON.stringify(config) : `${awaiting(config)}${result}}`;
    return callOf(place, 'DEL', plugin, text, container);
  });
}

/** Plugins called in turn with the result passed on, and in reverse for DEL. */
function chainSide(place: Place, plugins: readonly string[]): Side {
  return {
    name: place.name,
    daemon: place.name === 'daemon' ? place.env : undefined,
    start: () => [callOf(place, 'VERSION', 'bridge', JSON.stringify(header))],
    add: (container) => addCalls(place, plugins, container),
    del: (container, result) => delCalls(place, plugins, container, result),
  };
}

/** The reference: bridge, portmap and firewall. `folder` is free for its state. */
export function referenceSide(folder: string): Side {
  return chainSide(placeOf('reference', REFERENCE_FOLDER, folder), REFERENCE_CHAIN);
}

/** The same five plugins of either side, each a process: loopback, bridge, portmap, firewall, bandwidth. */
export function longestChain(name: SideName, pluginFolder: string, folder: string): Side {
  return chainSide(placeOf(name, pluginFolder, folder), LONGEST_CHAIN);
}

/** One plugin of a chain alone, behind a bridge that is not measured. */
export function chainedAlone(plugin: string, name: SideName, pluginFolder: string, folder: string): Side {
  const place = placeOf(name, pluginFolder, folder);
  const add = (container: Container, result: string): Call[] => [
    callOf(
      place,
      'ADD',
      plugin,
      `${awaiting(configOf(plugin, container, place.dataDir))}${result}}`,
      container,
    ),
  ];
  return {
    ...chainSide(place, [plugin]),
    before: (container) => addCalls(place, ['bridge'], container),
    add,
    after: (container, result) => delCalls(place, ['bridge'], container, result),
  };
}
