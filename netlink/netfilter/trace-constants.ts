// Numbers of traces, in the kernel's spelling (linux/netfilter/nf_tables.h). A test holds every one against the installed headers.

export const NFTA_TRACE = {
  TABLE: 1,
  CHAIN: 2,
  RULE_HANDLE: 3,
  TYPE: 4,
  VERDICT: 5,
  ID: 6,
  NETWORK_HEADER: 8,
  TRANSPORT_HEADER: 9,
  IIF: 10,
  OIF: 12,
  NFPROTO: 15,
  POLICY: 16,
} as const;

/** What an event of a trace is about: the end of a base chain, the end of another chain, or a rule. */
export const NFT_TRACETYPE = { POLICY: 1, RETURN: 2, RULE: 3 } as const;
