// Our numbers and layouts as C++ static assertions, for a compiler to hold against the kernel's headers.

/** The headers that tsnet's numbers are from (linux-libc-dev, and libc for the sockets). */
export const headers = [
  'cstddef',
  'sched.h',
  'sys/file.h',
  'sys/ioctl.h',
  'sys/socket.h',
  'netinet/tcp.h',
  'linux/fib_rules.h',
  'linux/if.h',
  'linux/if_addr.h',
  'linux/if_bridge.h',
  'linux/if_ether.h',
  'linux/if_link.h',
  'linux/if_tun.h',
  'linux/inet_diag.h',
  'linux/ip.h',
  'linux/neighbour.h',
  'linux/netlink.h',
  'linux/pkt_cls.h',
  'linux/pkt_sched.h',
  'linux/rtnetlink.h',
  'linux/sock_diag.h',
  'linux/tc_act/tc_mirred.h',
  'linux/veth.h',
  'linux/netfilter.h',
  'linux/netfilter/nf_conntrack_common.h',
  'linux/netfilter/nf_nat.h',
  'linux/netfilter/nf_tables.h',
  'linux/netfilter/nf_tables_compat.h',
  'linux/netfilter/xt_addrtype.h',
  'linux/netfilter/xt_conntrack.h',
  'linux/netfilter/xt_multiport.h',
  'linux/netfilter/xt_tcpudp.h',
  'linux/netfilter/nfnetlink.h',
  'linux/netfilter/nfnetlink_conntrack.h',
];

/** Groups whose prefix in the kernel is not their own name and an underscore. */
const prefixes: Record<string, string> = { SYS: '', TUN: '', NETLINK_OPTION: 'NETLINK_' };

/** Constants whose whole name differs. */
const names: Record<string, string> = {
  'NF_CT_STATE.ESTABLISHED': 'NF_CT_STATE_BIT(IP_CT_ESTABLISHED)',
  'NF_CT_STATE.RELATED': 'NF_CT_STATE_BIT(IP_CT_RELATED)',
  'NF_CT_STATE.NEW': 'NF_CT_STATE_BIT(IP_CT_NEW)',
  'XT_CONNTRACK_STATE.NEW': 'XT_CONNTRACK_STATE_BIT(IP_CT_NEW)',
  'XT_CONNTRACK_STATE.ESTABLISHED': 'XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED)',
  'XT_CONNTRACK_STATE.RELATED': 'XT_CONNTRACK_STATE_BIT(IP_CT_RELATED)',
  'NFT_REG.R0': 'NFT_REG32_00',
  'NFT_VERDICT.ACCEPT': 'NF_ACCEPT',
  'NFT_VERDICT.CONTINUE': 'NFT_CONTINUE',
  'NFT_VERDICT.DROP': 'NF_DROP',
  'NFT_VERDICT.QUEUE': 'NF_QUEUE',
  'NFT_VERDICT.STOLEN': 'NF_STOLEN',
  'NFT_VERDICT.GOTO': 'NFT_GOTO',
  'NFT_VERDICT.JUMP': 'NFT_JUMP',
  'NFT_VERDICT.RETURN': 'NFT_RETURN',
  // The kernel's mask is an int, of which only the lower 16 bits meet a type.
  'NLA.TYPE_MASK': '(NLA_TYPE_MASK & 0xffff)',
};

/** One assertion for each constant of a group such as `IFLA`. */
export function assertConstants(group: string, constants: Readonly<Record<string, number>>): string[] {
  return Object.entries(constants).map(([name, value]) => {
    const kernelName = names[`${group}.${name}`] ?? `${prefixes[group] ?? `${group}_`}${name}`;
    return `static_assert(${kernelName} == ${value}, "${group}.${name}");`;
  });
}

/** A struct of ours, and the kernel's names of it and of its fields, in their order; '' for padding without a name. */
export interface Layout {
  readonly codec: {
    readonly name: string;
    readonly bytes: number;
    readonly offsets: Readonly<Record<string, number>>;
  };
  readonly fields: readonly string[];
  /** Fields of later kernels follow, which are left out. */
  readonly isBeginning?: boolean;
}

/** Assertions for the size of a struct and the offset of each of its fields. */
export function assertLayout({
  codec: { name, bytes, offsets },
  fields,
  isBeginning = false,
}: Layout): string[] {
  return [
    `static_assert(sizeof(struct ${name}) ${isBeginning ? '>' : '=='} ${bytes}, "size of ${name}");`,
    ...Object.entries(offsets).flatMap(([field, offset], at) =>
      fields[at] === ''
        ? []
        : `static_assert(offsetof(struct ${name}, ${fields[at] ?? field}) == ${offset}, "${name}.${field}");`,
    ),
  ];
}

/** A whole file of assertions. */
export function assertionFile(assertions: readonly string[]): string {
  return [...headers.map((header) => `#include <${header}>`), ...assertions, ''].join('\n');
}
