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
  ptp: async () => load((await import('../plugins/ptp/plugin.ts')).ptp),
  'host-device': async () => load((await import('../plugins/host-device/plugin.ts')).hostDevice),
  portmap: async () => load((await import('../plugins/portmap/plugin.ts')).portmap),
  bandwidth: async () => load((await import('../plugins/bandwidth/plugin.ts')).bandwidth),
  tuning: async () => load((await import('../plugins/tuning/plugin.ts')).tuning),
  loopback: async () => load((await import('../plugins/loopback/plugin.ts')).loopback),
  macvlan: async () => load((await import('../plugins/macvlan/plugin.ts')).macvlan),
  ipvlan: async () => load((await import('../plugins/ipvlan/plugin.ts')).ipvlan),
  vlan: async () => load((await import('../plugins/vlan/plugin.ts')).vlan),
  dummy: async () => load((await import('../plugins/dummy/plugin.ts')).dummy),
  tap: async () => load((await import('../plugins/tap/plugin.ts')).tap),
  'host-local': async () => load((await import('../plugins/host-local/plugin.ts')).hostLocal),
  static: async () => load((await import('../plugins/static/plugin.ts')).staticAddresses),
  sbr: async () => load((await import('../plugins/sbr/plugin.ts')).sbr),
  vrf: async () => load((await import('../plugins/vrf/plugin.ts')).vrf),
};
