// Numbers of rtnetlink, in the kernel's spelling (linux/rtnetlink.h, if_link.h, if_addr.h, neighbour.h, fib_rules.h, if.h,
// pkt_sched.h, pkt_cls.h, tc_act/tc_mirred.h). A test holds every one against the installed headers.

export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  SETLINK: 19,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWNEIGH: 28,
  DELNEIGH: 29,
  GETNEIGH: 30,
  NEWRULE: 32,
  DELRULE: 33,
  GETRULE: 34,
  NEWQDISC: 36,
  DELQDISC: 37,
  GETQDISC: 38,
  NEWTFILTER: 44,
  DELTFILTER: 45,
  GETTFILTER: 46,
} as const;

/** Groups that notifications are sent to. */
export const RTNLGRP = { LINK: 1, IPV4_IFADDR: 5, IPV6_IFADDR: 9 } as const;

export const AF = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10 } as const;

export const IFF = { UP: 0x1, LOOPBACK: 0x8, RUNNING: 0x40, PROMISC: 0x100, ALLMULTI: 0x200 } as const;

export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  PROTINFO: 12,
  TXQLEN: 13,
  LINKINFO: 18,
  IFALIAS: 20,
  STATS64: 23,
  AF_SPEC: 26,
  NET_NS_FD: 28,
  EXT_MASK: 29,
  NUM_TX_QUEUES: 31,
  NUM_RX_QUEUES: 32,
  LINK_NETNSID: 37,
  PERM_ADDRESS: 54,
} as const;

export const IFLA_INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;

export const RTEXT_FILTER = { BRVLAN_COMPRESSED: 4, SKIP_STATS: 8 } as const;

export const IFLA_BR = {
  FORWARD_DELAY: 1,
  STP_STATE: 5,
  VLAN_FILTERING: 7,
  MCAST_SNOOPING: 23,
  MULTI_BOOLOPT: 46,
} as const;

export const BR_BOOLOPT = { NO_LL_LEARN: 0 } as const;

export const IFLA_BRPORT = { MODE: 4, ISOLATED: 33 } as const;

export const IFLA_BRIDGE = { VLAN_INFO: 2 } as const;

export const BRIDGE_VLAN_INFO = { PVID: 0x02, UNTAGGED: 0x04, RANGE_BEGIN: 0x08, RANGE_END: 0x10 } as const;

export const VETH_INFO = { PEER: 1 } as const;

export const IFLA_MACVLAN = { MODE: 1, BC_QUEUE_LEN: 7 } as const;

export const MACVLAN_MODE = { PRIVATE: 1, VEPA: 2, BRIDGE: 4, PASSTHRU: 8 } as const;

export const IFLA_IPVLAN = { MODE: 1, FLAGS: 2 } as const;

export const IPVLAN_MODE = { L2: 0, L3: 1, L3S: 2 } as const;

export const IFLA_VLAN = { ID: 1 } as const;

export const IFLA_TUN = { OWNER: 1, GROUP: 2, MULTI_QUEUE: 7 } as const;
export const IFLA_VRF = { TABLE: 1 } as const;

export const IFLA_INET = { CONF: 1 } as const;

export const IPV4_DEVCONF = { ACCEPT_REDIRECTS: 4, ARP_NOTIFY: 22 } as const;

export const IFLA_INET6 = { ADDR_GEN_MODE: 8 } as const;

export const IN6_ADDR_GEN_MODE = { EUI64: 0, NONE: 1 } as const;

export const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8 } as const;

export const IFA_F = {
  NODAD: 0x02,
  DADFAILED: 0x08,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  NOPREFIXROUTE: 0x200,
} as const;

export const RTA = {
  DST: 1,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  TABLE: 15,
} as const;

export const FRA = { DST: 1, SRC: 2, IIFNAME: 3, PRIORITY: 6, TABLE: 15, PROTOCOL: 21 } as const;

export const FR_ACT = { TO_TBL: 1 } as const;

export const RTAX = { MTU: 2, ADVMSS: 8 } as const;

export const RTN = { UNICAST: 1, LOCAL: 2, UNREACHABLE: 7 } as const;

export const RTPROT = { KERNEL: 2, BOOT: 3, STATIC: 4 } as const;

export const RT_SCOPE = { UNIVERSE: 0, LINK: 253, HOST: 254 } as const;

export const RT_TABLE = { UNSPEC: 0, MAIN: 254, LOCAL: 255 } as const;

export const NDA = { DST: 1, LLADDR: 2 } as const;

export const NUD = { REACHABLE: 0x02, PERMANENT: 0x80 } as const;

export const TCA = { KIND: 1, OPTIONS: 2 } as const;

export const TC_H = {
  ROOT: 0xffffffff,
  INGRESS: 0xfffffff1,
  CLSACT: 0xfffffff1,
  MIN_INGRESS: 0xfff2,
} as const;

export const TCA_TBF = { PARMS: 1, RATE64: 4, BURST: 6 } as const;

export const TC_LINKLAYER = { ETHERNET: 1 } as const;

export const TCA_U32 = { SEL: 5, ACT: 7 } as const;

export const TC_U32 = { TERMINAL: 1 } as const;

export const TCA_ACT = { KIND: 1, OPTIONS: 2 } as const;

export const TC_ACT = { STOLEN: 4 } as const;

export const TCA_MIRRED = { PARMS: 2 } as const;

export const TCA_EGRESS = { REDIR: 1 } as const;

export const ETH_P = { ALL: 3 } as const;
