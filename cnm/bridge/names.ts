// Names in the kernel that follow from an endpoint's key alone.
import { endpointId } from '../../state/endpoint.ts';
import type { EndpointKey } from '../../state/endpoint.ts';

/** The host's end of an endpoint's veth pair: 15 characters, all that an interface name may have. */
export function hostLinkName(key: EndpointKey): string {
  return `veth${endpointId(key).slice(0, 11)}`;
}

/** The alias by which a bridge says that tsnet made it, and may take it away. */
export const BRIDGE_ALIAS = 'tsnet bridge';
