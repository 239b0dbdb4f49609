// Chains of plugins, called in turn with the result passed on: the reference's way, and what is compared with it.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bridgeConfig, environment, header, publishing, REFERENCE_FOLDER, stateIn } from './side.ts';
import type { Container, Side, SideName } from './side.ts';
import type { Call } from './timer.ts';

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

// The reference's portmap wants to find rules for IPv6, too, where there is an ip6tables, whatever the container has.
function withoutIpv6(folder: string): Record<string, string> {
  const programs = join(folder, 'ipv4');
  mkdirSync(programs, { recursive: true });
  for (const program of ['iptables', 'iptables-save', 'iptables-restore']) {
    const file = join('/usr/sbin', program);
    const link = join(programs, program);
    if (!existsSync(link)) symlinkSync(file, link);
  }
  return { PATH: programs };
}

function checkCalls(place: Place, folder: string, container: Container, result: string): Call[] {
  return REFERENCE_CHAIN.map((plugin) => {
    const text = `${awaiting(configOf(plugin, container, place.dataDir))}${result}}`;
    const env = plugin === 'portmap' ? withoutIpv6(folder) : {};
    return callOf({ ...place, env }, 'CHECK', plugin, text, container);
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
    start: () => callOf(place, 'VERSION', 'bridge', JSON.stringify(header)),
    add: (container) => addCalls(place, plugins, container),
    del: (container, result) => delCalls(place, plugins, container, result),
  };
}

/** The reference: bridge, portmap and firewall. `folder` is free for its state. */
export function referenceSide(folder: string): Side {
  const place = placeOf('reference', REFERENCE_FOLDER, folder);
  return {
    ...chainSide(place, REFERENCE_CHAIN),
    check: (container, result) => checkCalls(place, folder, container, result),
  };
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
