// The network configuration list of an installation (CNI spec 1.1.0, section 1).
import type { Cidr } from '../address/index.ts';

/** A network as a person asks for it: its name, and the subnets its containers get addresses of. */
export interface NetworkSpec {
  readonly name: string;
  readonly subnets: readonly Cidr[];
}

/**
 * The list's text, with the capabilities it serves: `bridge` publishes ports itself. Of version 1.0.0, which runtimes from
 * containerd 1.6 and CRI-O 1.22 on understand.
 */
export function conflist({ name, subnets }: NetworkSpec): string {
  const list = {
    cniVersion: '1.0.0',
    name,
    plugins: [
      {
        type: 'bridge',
        bridge: 'tsnet-cni0',
        isDefaultGateway: true,
        ipMasq: true,
        hairpinMode: true,
        capabilities: { portMappings: true, ipRanges: true, ips: true, mac: true },
        ipam: { type: 'host-local', ranges: subnets.map((subnet) => [{ subnet: subnet.toString() }]) },
      },
      { type: 'firewall' },
      { type: 'bandwidth', capabilities: { bandwidth: true } },
    ],
  };
  return `${JSON.stringify(list, null, 2)}\n`;
}
