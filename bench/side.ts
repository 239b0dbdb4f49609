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
const REFERENCE_PLUGINS = ['bridge', 'portmap', 'firewall', 'host-local'];

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

function bridgeConfig(dataDir?: string): object {
  const ipam = { type: 'host-local', dataDir, ranges: [[{ subnet: '10.88.0.0/16' }]] };
  return { ...header, type: 'bridge', bridge: 'bench0', isDefaultGateway: true, ipMasq: true, ipam };
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

/** The reference: bridge, portmap and firewall in turn, and the reverse for DEL. `folder` is free for its state. */
export function referenceSide(folder: string): Side {
  const dataDir = join(folder, 'host-local');
  const chain = (container: Container): [string, object][] => [
    ['bridge', bridgeConfig(dataDir)],
    ['portmap', { ...header, type: 'portmap', ...publishing(container) }],
    ['firewall', { ...header, type: 'firewall' }],
  ];
  const call = (command: string, plugin: string, config: string, container?: Container): Call => ({
    file: join(REFERENCE_FOLDER, plugin),
    env: environment(command, REFERENCE_FOLDER, container),
    config,
  });
  // Left open for the timer, which completes it with a result.
  const awaiting = (config: object): string => `${JSON.stringify(config).slice(0, -1)},"prevResult":`;
  return {
    name: 'reference',
    start: () => [call('VERSION', 'bridge', JSON.stringify(header))],
    add: (container) =>
      chain(container).map(([plugin, config], at) =>
        call('ADD', plugin, at === 0 ? JSON.stringify(config) : awaiting(config), container),
      ),
    del: (container, result) =>
      chain(container)
        .reverse()
        .map(([plugin, config]) => call('DEL', plugin, `${awaiting(config)}${result}}`, container)),
  };
}
