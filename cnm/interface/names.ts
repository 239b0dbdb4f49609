// Names of links, 15 characters, all that an interface name may have. They follow from the endpoint's id, which follows from
// the endpoint's key alone.

/** Tells whether the kernel takes a name for an interface: dev_valid_name in net/core/dev.c. */
export function isLinkName(name: string): boolean {
  return /^[^\s/:]{1,15}$/.test(name) && name !== '.' && name !== '..';
}

/** The host's end of an endpoint's veth pair. */
export function hostLinkName(endpointId: string): string {
  return `veth${endpointId.slice(0, 11)}`;
}

/** The link that what a container sends is led through to be slowed down; the id is that of the endpoint's part. */
export function detourName(endpointId: string): string {
  return `ifb${endpointId.slice(0, 12)}`;
}

/** What a link is called that is made inside the sandbox, until all that is told by its name alone has been set. */
export function unfinishedLinkName(endpointId: string): string {
  return `link${endpointId.slice(0, 11)}`;
}
