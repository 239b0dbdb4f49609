// Names of links. They follow from the endpoint's id, which follows from the endpoint's key alone.

/** The host's end of an endpoint's veth pair: 15 characters, all that an interface name may have. */
export function hostLinkName(endpointId: string): string {
  return `veth${endpointId.slice(0, 11)}`;
}

/** What a link is called that is made inside the sandbox, until all that is told by its name alone has been set. */
export function unfinishedLinkName(endpointId: string): string {
  return `link${endpointId.slice(0, 11)}`;
}
