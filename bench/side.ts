// What is compared, and the call that tsnet needs for a container of the bench.
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
  start(): Call;
  /** What is done before `add`, and is not measured. */
  before?(container: Container): Call[];
  /** `result` is what the last call of `before` printed. */
  add(container: Container, result: string): Call[];
  /** `result` is what the last call of `add` printed, here as below. */
  check?(container: Container, result: string): Call[];
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

/** `dataDir` is where host-local keeps its files. */
export function bridgeConfig(dataDir?: string): object {
  const ipam = { type: 'host-local', dataDir, ranges: [[{ subnet: '10.88.0.0/16' }]] };
  return { ...header, type: 'bridge', bridge: BRIDGE, isDefaultGateway: true, ipMasq: true, ipam };
}

/** What a configuration has for the ports of a container. */
export function publishing({ ports }: Container): object {
  const portMappings = ports.map((hostPort) => ({ hostPort, containerPort: 80, protocol: 'tcp' }));
  return { capabilities: { portMappings: true }, runtimeConfig: { portMappings } };
}

/** Where tsnet keeps its state: in a folder that is free for it. */
export function stateIn(folder: string): Record<string, string> {
  return { TSNET_RUN_DIR: join(folder, 'run'), TSNET_STATE_DIR: join(folder, 'state') };
}

/** tsnet: one call of the plugin `bridge` does everything. `folder` is free for its state. */
export function tsnetSide(name: 'tsnet' | 'daemon', pluginFolder: string, folder: string): Side {
  const file = join(pluginFolder, 'bridge');
  const state = stateIn(folder);
  const call = (command: string, container: Container, more: object = {}): Call[] => {
    const env = { ...environment(command, pluginFolder, container), ...state };
    return [{ file, env, config: JSON.stringify({ ...bridgeConfig(), ...publishing(container), ...more }) }];
  };
  return {
    name,
    daemon: name === 'daemon' ? state : undefined,
    start: () => ({
      file,
      env: { ...environment('VERSION', pluginFolder), ...state },
      config: JSON.stringify(header),
    }),
    add: (container) => call('ADD', container),
    check: (container, result) => call('CHECK', container, { prevResult: JSON.parse(result) as object }),
    del: (container) => call('DEL', container),
  };
}
