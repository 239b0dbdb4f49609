// Networks as others write them, unchanged.

/** A network as it stands in a *.conflist. */
export interface Conflist {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[];
}

/** 10-containerd-net.conflist, as containerd's script/setup/install-cni writes it. */
export const containerdNet: Conflist = {
  cniVersion: '0.4.0',
  name: 'containerd-net',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      promiscMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '10.88.0.0/16' }], [{ subnet: '2001:4860:4860::/64' }]],
        routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

/** A network of nerdctl, as `nerdctl network create` writes it (docs/cni.md there). */
export function nerdctlNetwork(name: string, bridge: string, subnet: string, gateway: string): Conflist {
  return {
    cniVersion: '1.0.0',
    name,
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          routes: [{ dst: '0.0.0.0/0' }],
          ranges: [[{ subnet, gateway }]],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
      { type: 'firewall', ingressPolicy: 'same-bridge' },
      { type: 'tuning' },
    ],
  };
}

/**
 * What the plugin `flannel` makes of kube-flannel's conflist and of /run/flannel/subnet.env, hands to `bridge` and keeps
 * for DEL (flannel-io/cni-plugin, flannel_linux.go). `portmap` comes behind it with flannel's own version.
 */
export const flannelDelegate = {
  cniVersion: '0.3.1',
  hairpinMode: true,
  ipMasq: false,
  ipam: {
    ranges: [[{ subnet: '10.244.0.0/24' }], [{ subnet: 'fd00:244::/64' }]],
    routes: [{ dst: '10.244.0.0/16' }, { dst: 'fd00:244::/56' }],
    type: 'host-local',
  },
  isDefaultGateway: true,
  isGateway: true,
  mtu: 1450,
  name: 'cbr0',
  type: 'bridge',
} as const;
