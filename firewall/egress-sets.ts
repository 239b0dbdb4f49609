// The sets and maps of tsnet's table that say what endpoints may call.
import type { Family } from '../address/index.ts';
import type { SetSpec } from '../netlink/netfilter/set.ts';

function setsOf(family: Family) {
  const address = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  return {
    /** Container addresses with the device they are behind: the chain that decides what they may call. */
    egress: { name: `egress${family}`, key: [address, 'ifname'], isVerdictMap: true },
    /** Container addresses, and what those with an allow-list may call: destination, protocol and port. */
    listed: {
      name: `egress_listed${family}`,
      key: [address, address, 'inet_proto', 'inet_service'],
      isInterval: true,
    },
    /** Container addresses without a bridge, and the subnet that their neighbours are in. */
    neighbours: { name: `egress_neighbours${family}`, key: [address, address], isInterval: true },
    /** From anywhere, to what is not the internet. */
    special: { name: `special${family}`, key: [address, address], isInterval: true },
    /** From anywhere, to private addresses. */
    private: { name: `private${family}`, key: [address, address], isInterval: true },
    /** Public subnets of the host itself, with the device that they are on. */
    hostNetworks: { name: `host_networks${family}`, key: [address, 'ifname'], isInterval: true },
  } as const satisfies Record<string, SetSpec>;
}

type EgressSet = keyof ReturnType<typeof setsOf>;

/** The sets of each family. */
export const egressSets: Record<Family, Record<EgressSet, SetSpec>> = { 4: setsOf(4), 6: setsOf(6) };

/** The sets of devices of the host, whatever the family. */
export const egressDevices = {
  /** Devices behind which somebody may not call everything. */
  confined: { name: 'confined', key: ['ifname'] },
  /** Such devices, twice: those behind one are a network. */
  companions: { name: 'companions', key: ['ifname', 'ifname'] },
} as const satisfies Record<string, SetSpec>;

/** All of them. */
export function allEgressSets(): SetSpec[] {
  return [...Object.values(egressSets[4]), ...Object.values(egressSets[6]), ...Object.values(egressDevices)];
}
