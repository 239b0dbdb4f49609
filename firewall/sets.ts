// The sets and maps of tsnet's table: all that an endpoint changes when it comes and goes.
import type { Family } from '../address/index.ts';
import type { SetSpec } from '../netlink/netfilter/set.ts';
import { allEgressSets } from './egress-sets.ts';

/** The table of family inet. */
export const TABLE = 'tsnet';

function setsOf(family: Family) {
  const address = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  return {
    /** Container addresses with the bridge they are behind. */
    endpoints: { name: `endpoints${family}`, key: [address, 'ifname'] },
    /** Container addresses that nobody outside may see. */
    masquerade: { name: `masquerade${family}`, key: [address] },
    /** What of these they show themselves to: an address, and where it goes to. */
    direct: { name: `direct${family}`, key: [address, address], isInterval: true },
    /** What of these become an address of their own choice. */
    sources: { name: `sources${family}`, key: [address], data: [address] },
    /** Container addresses that nobody outside may call by routing them. */
    concealed: { name: `concealed${family}`, key: [address] },
    /** Who may call these: an address, and where it is called from. */
    callers: { name: `callers${family}`, key: [address, address], isInterval: true },
    /** Container addresses that nobody outside may call but on some ports. */
    closed: { name: `closed${family}`, key: [address] },
    /** These ports. */
    opened: { name: `opened${family}`, key: [address, 'inet_proto', 'inet_service'] },
    /** Ports published on one address of the host. */
    ports: {
      name: `ports${family}`,
      key: [address, 'inet_proto', 'inet_service'],
      data: [address, 'inet_service'],
    },
    /** Ports published on every address of the host. */
    anyPorts: {
      name: `any_ports${family}`,
      key: ['inet_proto', 'inet_service'],
      data: [address, 'inet_service'],
    },
    /** Ports published for connections of some source and destination, both ranges. */
    conditionalPorts: {
      name: `conditional_ports${family}`,
      key: [address, address, 'inet_proto', 'inet_service'],
      data: [address, 'inet_service'],
      isInterval: true,
    },
    /** The same, for connections that come in by some interface. */
    interfacePorts: {
      name: `interface_ports${family}`,
      key: [address, address, 'ifname', 'inet_proto', 'inet_service'],
      data: [address, 'inet_service'],
      isInterval: true,
    },
    /** Destinations and interfaces for which the conditional ports are not published. */
    exceptions: {
      name: `exceptions${family}`,
      key: [address, 'ifname', 'inet_proto', 'inet_service'],
      isInterval: true,
    },
    /** Ports of containers whose clients are to be seen as they are, whatever comes of the answers. */
    visible: { name: `visible${family}`, key: [address, 'inet_proto', 'inet_service'] },
    /** Ports of containers whose clients are never to be seen. */
    hidden: { name: `hidden${family}`, key: [address, 'inet_proto', 'inet_service'] },
  } as const satisfies Record<string, SetSpec>;
}

export type SetName = keyof ReturnType<typeof setsOf>;

/** The sets of each family. */
export const sets: Record<Family, Record<SetName, SetSpec>> = { 4: setsOf(4), 6: setsOf(6) };

/** The sets of devices of the host, whatever the family. */
export const deviceSets = {
  /** Devices that other networks may not call. */
  guarded: { name: 'guarded', key: ['ifname'] },
  /** Such devices, twice, where those behind one may call each other. */
  neighbours: { name: 'neighbours', key: ['ifname', 'ifname'] },
  /** Devices, twice, where those behind one may not call each other. */
  apart: { name: 'apart', key: ['ifname', 'ifname'] },
  /** Devices behind which nobody calls another network. */
  isolated: { name: 'isolated', key: ['ifname'] },
  /** Devices of internal networks. */
  internal: { name: 'internal', key: ['ifname'] },
  /** Such devices, twice. */
  enclosed: { name: 'enclosed', key: ['ifname', 'ifname'] },
  /** Two devices, from the first of which nothing is forwarded straight to the second. */
  filtered: { name: 'filtered', key: ['ifname', 'ifname'] },
} as const satisfies Record<string, SetSpec>;

/** Every set of the table. */
export function allSets(): SetSpec[] {
  return [
    ...Object.values(sets[4]),
    ...Object.values(sets[6]),
    ...Object.values(deviceSets),
    ...allEgressSets(),
  ];
}
