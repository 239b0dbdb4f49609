// Names in the kernel. A link's follows from its endpoint's id, which follows from the endpoint's key alone.

/** The host's end of an endpoint's veth pair: 15 characters, all that an interface name may have. */
export function hostLinkName(endpointId: string): string {
  return `veth${endpointId.slice(0, 11)}`;
}

/** The alias by which a bridge says that tsnet made it, and may take it away. */
export const BRIDGE_ALIAS = 'tsnet bridge';
