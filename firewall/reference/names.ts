// The names that the reference plugins give to what they make in the packet filter (containernetworking/plugins,
// pkg/utils/utils.go and pkg/ip/ipmasq_nftables_linux.go).

/** iptables' limit for the name of a chain, which the reference fills. */
const CHAIN_LENGTH = 28;
const HASH_LENGTH = 16;

function digest(text: string): string {
  // Not imported above: loading it costs a process 5 ms, and only who takes the reference's place needs it.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha512').update(text).digest('hex');
}

/** A container's own chain; its interfaces on one network share it. */
export function chainOf(network: string, container: string, prefix: 'CNI-' | 'CNI-DN-'): string {
  return `${prefix}${digest(network + container)}`.slice(0, CHAIN_LENGTH);
}

/** What comments of a network's rules begin with in the nftables backend. */
export function networkHash(network: string): string {
  return digest(network).slice(0, HASH_LENGTH);
}

/** What comments of one interface's rules begin with in the nftables backend. */
export function interfaceHash(network: string, container: string, ifname: string): string {
  return `${networkHash(network)}-${digest(`${ifname}:${container}`).slice(0, HASH_LENGTH)}`;
}
