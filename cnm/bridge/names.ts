// Names in the kernel. A link's follows from its endpoint's id, which follows from the endpoint's key alone.
import { Mac } from '../../address/index.ts';

/** The host's end of an endpoint's veth pair: 15 characters, all that an interface name may have. */
export function hostLinkName(endpointId: string): string {
  return `veth${endpointId.slice(0, 11)}`;
}

/**
 * The link-layer address of a bridge that tsnet makes. It is set when the bridge is created, so it tells whose a bridge
 * is from its first moment on; the alias, which the kernel takes only later, is for people.
 */
export function bridgeMac(name: string): Mac {
  return Mac.fromSeed(`tsnet bridge ${name}`);
}

export const BRIDGE_ALIAS = 'tsnet bridge';
