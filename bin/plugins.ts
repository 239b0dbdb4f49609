// The plugins of the executable. Each is loaded only when it is the one that was called.
import type { Plugin } from '../cni/index.ts';

// Every schema has a type of its own; the contract calls a plugin only with what its schema let through.
const load = (plugin: unknown): Plugin => plugin as Plugin;

/** Every plugin by the name it is called by. */
export const plugins: Readonly<Record<string, () => Promise<Plugin>>> = {
  bridge: async () => load((await import('../plugins/bridge/plugin.ts')).bridge),
  host: async () => load((await import('../plugins/host/plugin.ts')).host),
  none: async () => load((await import('../plugins/none/plugin.ts')).none),
  container: async () => load((await import('../plugins/container/plugin.ts')).container),
  portmap: async () => load((await import('../plugins/portmap/plugin.ts')).portmap),
  firewall: async () => load((await import('../plugins/firewall/plugin.ts')).firewall),
  loopback: async () => load((await import('../plugins/loopback/plugin.ts')).loopback),
};
