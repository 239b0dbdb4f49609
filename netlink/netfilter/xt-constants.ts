// Numbers of extensions of x_tables, in the kernel's spelling (linux/netfilter/xt_conntrack.h, xt_addrtype.h, xt_multiport.h,
// xt_tcpudp.h, nf_nat.h). A test holds every one against the installed headers.

/** What a conntrack match of x_tables looks at. */
export const XT_CONNTRACK = { STATE: 0x1 } as const;

/** States of a conntrack match of x_tables. */
export const XT_CONNTRACK_STATE = { ESTABLISHED: 0x2, RELATED: 0x4, NEW: 0x8, DNAT: 0x80 } as const;

/** What a match of x_tables on the kind of an address looks at. */
export const XT_ADDRTYPE = { LOCAL: 0x4, INVERT_DEST: 0x2 } as const;

/** Which ports a multiport match of x_tables looks at. */
export const XT_MULTIPORT = { DESTINATION: 1 } as const;

/** A match of x_tables on ports is meant the other way round. */
export const XT_UDP_INV = { DSTPT: 0x2 } as const;

/** What a target of x_tables that translates changes. */
export const NF_NAT_RANGE = { MAP_IPS: 0x1, PROTO_SPECIFIED: 0x2 } as const;
