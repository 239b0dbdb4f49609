// Numbers of nfnetlink, nf_tables and conntrack, in the kernel's spelling (linux/netfilter/nfnetlink.h, nf_tables.h,
// nf_tables_compat.h, nfnetlink_conntrack.h, linux/netfilter.h, nf_nat.h, nf_conntrack_common.h). A test holds every one
// against the installed headers.

export const NFNL_SUBSYS = { CTNETLINK: 1, NFTABLES: 10 } as const;

export const NFNL_MSG = { BATCH_BEGIN: 0x10, BATCH_END: 0x11 } as const;

export const NFT_MSG = {
  NEWTABLE: 0,
  GETTABLE: 1,
  DELTABLE: 2,
  NEWCHAIN: 3,
  GETCHAIN: 4,
  DELCHAIN: 5,
  NEWRULE: 6,
  GETRULE: 7,
  DELRULE: 8,
  NEWSET: 9,
  GETSET: 10,
  NEWSETELEM: 12,
  GETSETELEM: 13,
  DELSETELEM: 14,
  NEWGEN: 15,
  TRACE: 17,
} as const;

/** Groups that notifications are sent to. */
export const NFNLGRP = { NFTABLES: 7, NFTRACE: 9 } as const;

export const NFPROTO = { INET: 1, IPV4: 2, BRIDGE: 7, IPV6: 10 } as const;

export const NFTA_TABLE = { NAME: 1, FLAGS: 2 } as const;

/** The table goes with the socket that made it, and nobody else may change it. Linux 5.12. */
export const NFT_TABLE_F = { OWNER: 0x2 } as const;

export const NFTA_CHAIN = {
  TABLE: 1,
  NAME: 3,
  HOOK: 4,
  POLICY: 5,
  USE: 6,
  TYPE: 7,
  USERDATA: 12,
} as const;

export const NFTA_HOOK = { HOOKNUM: 1, PRIORITY: 2 } as const;

export const NF_INET = { PRE_ROUTING: 0, LOCAL_IN: 1, FORWARD: 2, LOCAL_OUT: 3, POST_ROUTING: 4 } as const;

export const NFTA_RULE = {
  TABLE: 1,
  CHAIN: 2,
  HANDLE: 3,
  EXPRESSIONS: 4,
  POSITION: 6,
  USERDATA: 7,
} as const;

export const NFTA_SET = {
  TABLE: 1,
  NAME: 2,
  FLAGS: 3,
  KEY_TYPE: 4,
  KEY_LEN: 5,
  DATA_TYPE: 6,
  DATA_LEN: 7,
  DESC: 9,
  ID: 10,
  USERDATA: 13,
} as const;

export const NFT_SET = { INTERVAL: 0x4, MAP: 0x8, CONCAT: 0x80 } as const;

export const NFTA_SET_DESC = { CONCAT: 2 } as const;

export const NFTA_SET_FIELD = { LEN: 1 } as const;

export const NFTA_SET_ELEM_LIST = { TABLE: 1, SET: 2, ELEMENTS: 3 } as const;

export const NFTA_SET_ELEM = { KEY: 1, DATA: 2, FLAGS: 3, USERDATA: 6, KEY_END: 10 } as const;

/** Flags of an element: it stands for the end of an interval, or for all that is in no other. */
export const NFT_SET_ELEM = { INTERVAL_END: 0x1, CATCHALL: 0x2 } as const;

export const NFTA_DATA = { VALUE: 1, VERDICT: 2 } as const;

/** Types of data that are not told in bytes. */
export const NFT_DATA = { VERDICT: 0xffffff00 } as const;

export const NFTA_VERDICT = { CODE: 1, CHAIN: 2 } as const;

export const NFTA_LIST = { ELEM: 1 } as const;

export const NFTA_EXPR = { NAME: 1, DATA: 2 } as const;

/** Registers: the verdict, and 32-bit ones that lie side by side. */
export const NFT_REG = { VERDICT: 0, R0: 8 } as const;

export const NFT_VERDICT = {
  DROP: 0,
  ACCEPT: 1,
  STOLEN: 2,
  QUEUE: 3,
  CONTINUE: -1,
  JUMP: -3,
  GOTO: -4,
  RETURN: -5,
} as const;

export const NFTA_META = { DREG: 1, KEY: 2, SREG: 3 } as const;

export const NFT_META = {
  PROTOCOL: 1,
  MARK: 3,
  IIF: 4,
  OIF: 5,
  IIFNAME: 6,
  OIFNAME: 7,
  NFTRACE: 12,
  NFPROTO: 15,
  L4PROTO: 16,
} as const;

export const NFTA_PAYLOAD = { DREG: 1, BASE: 2, OFFSET: 3, LEN: 4 } as const;

export const NFT_PAYLOAD = { LL_HEADER: 0, NETWORK_HEADER: 1, TRANSPORT_HEADER: 2 } as const;

export const NFTA_CMP = { SREG: 1, OP: 2, DATA: 3 } as const;

export const NFT_CMP = { EQ: 0, NEQ: 1, LT: 2, LTE: 3, GT: 4, GTE: 5 } as const;

export const NFTA_RANGE = { SREG: 1, OP: 2, FROM_DATA: 3, TO_DATA: 4 } as const;

export const NFT_RANGE = { EQ: 0, NEQ: 1 } as const;

export const NFTA_BITWISE = { SREG: 1, DREG: 2, LEN: 3, MASK: 4, XOR: 5 } as const;

export const NFTA_LOOKUP = { SET: 1, SREG: 2, DREG: 3, FLAGS: 5 } as const;

export const NFT_LOOKUP_F = { INV: 0x1 } as const;

export const NFTA_FIB = { DREG: 1, RESULT: 2, FLAGS: 3 } as const;

export const NFT_FIB_RESULT = { ADDRTYPE: 3 } as const;

export const NFTA_FIB_F = { DADDR: 2 } as const;

export const NFTA_CT = { DREG: 1, KEY: 2, DIRECTION: 3 } as const;

export const NFT_CT = { STATE: 0, STATUS: 2, PROTO_DST: 12, DST_IP: 20, DST_IP6: 22 } as const;

/** The way that a connection's packets go. */
export const IP_CT_DIR = { ORIGINAL: 0 } as const;

/** Bits of NFT_CT_STATE. */
export const NF_CT_STATE = { ESTABLISHED: 0x2, RELATED: 0x4, NEW: 0x8 } as const;

export const IPS = { DST_NAT: 0x20 } as const;

export const NFTA_IMMEDIATE = { DREG: 1, DATA: 2 } as const;

export const NFTA_NAT = { TYPE: 1, FAMILY: 2, REG_ADDR_MIN: 3, REG_PROTO_MIN: 5 } as const;

export const NFT_NAT = { SNAT: 0, DNAT: 1 } as const;

export const NFTA_MASQ = { FLAGS: 1 } as const;

export const NFTA_COUNTER = { BYTES: 1, PACKETS: 2 } as const;

/** Matches of x_tables inside a rule, as iptables-nft makes them. */
export const NFTA_MATCH = { NAME: 1, REV: 2, INFO: 3 } as const;

/** Targets of x_tables inside a rule, as iptables-nft makes them. */
export const NFTA_TARGET = { NAME: 1, REV: 2, INFO: 3 } as const;

export const IPCTNL_MSG_CT = { NEW: 0, GET: 1, DELETE: 2 } as const;

export const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2, ID: 12, ZONE: 18, FILTER: 25 } as const;

export const CTA_TUPLE = { IP: 1, PROTO: 2, ZONE: 3 } as const;

export const CTA_IP = { V4_SRC: 1, V4_DST: 2, V6_SRC: 3, V6_DST: 4 } as const;

export const CTA_PROTO = { NUM: 1, SRC_PORT: 2, DST_PORT: 3 } as const;

export const CTA_FILTER = { ORIG_FLAGS: 1, REPLY_FLAGS: 2 } as const;
