// Every number and layout of ours against the headers of the installed kernel.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { SYS, TUN } from '../../native/index.ts';
import { NLA } from '../../netlink/attributes.ts';
import { NETLINK, NETLINK_OPTION } from '../../netlink/connection.ts';
import { NLMSGERR_ATTR } from '../../netlink/kernel-error.ts';
import { NLM_F, NLMSG, nlmsghdr } from '../../netlink/message.ts';
import * as diagConstants from '../../netlink/diag/constants.ts';
import { inet_diag_msg, inet_diag_req_v2, inet_diag_sockid } from '../../netlink/diag/socket.ts';
import * as netfilterConstants from '../../netlink/netfilter/constants.ts';
import * as traceConstants from '../../netlink/netfilter/trace-constants.ts';
import * as xtConstants from '../../netlink/netfilter/xt-constants.ts';
import {
  nf_nat_range,
  xt_addrtype_info_v1,
  xt_conntrack_mtinfo3,
  xt_multiport_v1,
  xt_tcp,
  xt_udp,
} from '../../netlink/netfilter/expr/xtables.ts';
import { nfgenmsg } from '../../netlink/netfilter/nfnetlink.ts';
import { bridgeVlanInfo } from '../../netlink/route/bridge-port.ts';
import { ifaddrmsg } from '../../netlink/route/address.ts';
import * as routeConstants from '../../netlink/route/constants.ts';
import { tcMirred, tcU32Key, tcU32Sel } from '../../netlink/route/filter.ts';
import { rtnl_link_stats64 } from '../../netlink/route/link-stats.ts';
import { br_boolopt_multi, ifinfomsg } from '../../netlink/route/link.ts';
import { ndmsg } from '../../netlink/route/neighbour.ts';
import { rtnexthop } from '../../netlink/route/nexthop.ts';
import { tcmsg, tcRatespec, tcTbfQopt } from '../../netlink/route/qdisc.ts';
import { rtmsg } from '../../netlink/route/route.ts';
import { fib_rule_hdr } from '../../netlink/route/rule.ts';
import { assertConstants, assertionFile, assertLayout } from './static-asserts.ts';
import type { Layout } from './static-asserts.ts';

const groups: Record<string, Readonly<Record<string, number>>> = {
  SYS,
  TUN,
  NLA,
  NETLINK,
  NETLINK_OPTION,
  NLMSGERR_ATTR,
  NLM_F,
  NLMSG,
  ...routeConstants,
  ...netfilterConstants,
  ...traceConstants,
  ...xtConstants,
  ...diagConstants,
};

const layouts: Layout[] = [
  { codec: nlmsghdr, fields: ['nlmsg_len', 'nlmsg_type', 'nlmsg_flags', 'nlmsg_seq', 'nlmsg_pid'] },
  {
    codec: ifinfomsg,
    fields: ['ifi_family', '__ifi_pad', 'ifi_type', 'ifi_index', 'ifi_flags', 'ifi_change'],
  },
  { codec: ifaddrmsg, fields: ['ifa_family', 'ifa_prefixlen', 'ifa_flags', 'ifa_scope', 'ifa_index'] },
  {
    codec: rtmsg,
    fields: [
      ...['rtm_family', 'rtm_dst_len', 'rtm_src_len', 'rtm_tos', 'rtm_table', 'rtm_protocol'],
      ...['rtm_scope', 'rtm_type', 'rtm_flags'],
    ],
  },
  { codec: rtnexthop, fields: ['rtnh_len', 'rtnh_flags', 'rtnh_hops', 'rtnh_ifindex'] },
  {
    codec: ndmsg,
    fields: ['ndm_family', 'ndm_pad1', 'ndm_pad2', 'ndm_ifindex', 'ndm_state', 'ndm_flags', 'ndm_type'],
  },
  {
    codec: tcmsg,
    fields: [
      ...['tcm_family', 'tcm__pad1', 'tcm__pad2', 'tcm_ifindex', 'tcm_handle', 'tcm_parent'],
      'tcm_info',
    ],
  },
  { codec: tcRatespec, fields: ['cell_log', 'linklayer', 'overhead', 'cell_align', 'mpu', 'rate'] },
  { codec: tcTbfQopt, fields: ['rate', 'peakrate', 'limit', 'buffer', 'mtu'] },
  {
    codec: tcU32Sel,
    fields: ['flags', 'offshift', 'nkeys', '', 'offmask', 'off', 'offoff', 'hoff', 'hmask'],
  },
  { codec: tcU32Key, fields: ['mask', 'val', 'off', 'offmask'] },
  { codec: tcMirred, fields: ['index', 'capab', 'action', 'refcnt', 'bindcnt', 'eaction', 'ifindex'] },
  { codec: bridgeVlanInfo, fields: ['flags', 'vid'] },
  { codec: br_boolopt_multi, fields: ['optval', 'optmask'] },
  {
    codec: rtnl_link_stats64,
    fields: [
      ...['rx_packets', 'tx_packets', 'rx_bytes', 'tx_bytes'],
      ...['rx_errors', 'tx_errors', 'rx_dropped', 'tx_dropped'],
    ],
    isBeginning: true,
  },
  {
    codec: fib_rule_hdr,
    fields: ['family', 'dst_len', 'src_len', 'tos', 'table', 'res1', 'res2', 'action', 'flags'],
  },
  {
    codec: xt_conntrack_mtinfo3,
    fields: [
      ...['origsrc_addr', 'expires_min', 'l4proto', 'match_flags', 'invert_flags'],
      ...['state_mask', 'status_mask', 'origsrc_port_high'],
    ],
  },
  { codec: xt_addrtype_info_v1, fields: ['source', 'dest', 'flags'] },
  { codec: xt_multiport_v1, fields: ['flags', 'count', 'ports', 'pflags', 'invert'] },
  { codec: xt_udp, fields: ['spts', 'spts[1]', 'dpts', 'dpts[1]', 'invflags', ''] },
  {
    codec: xt_tcp,
    fields: [...['spts', 'spts[1]', 'dpts', 'dpts[1]'], ...['option', 'flg_mask', 'flg_cmp', 'invflags']],
  },
  { codec: nf_nat_range, fields: ['flags', 'min_addr', 'max_addr', 'min_proto', 'max_proto'] },
  {
    codec: inet_diag_sockid,
    fields: [
      ...['idiag_sport', 'idiag_dport', 'idiag_src', 'idiag_src[1]', 'idiag_src[2]', 'idiag_src[3]'],
      ...['idiag_dst', 'idiag_if', 'idiag_cookie'],
    ],
  },
  {
    codec: inet_diag_req_v2,
    fields: ['sdiag_family', 'sdiag_protocol', 'idiag_ext', 'pad', 'idiag_states', 'id'],
  },
  {
    codec: inet_diag_msg,
    fields: [
      ...['idiag_family', 'idiag_state', 'idiag_timer', 'idiag_retrans', 'id', 'idiag_expires'],
      ...['idiag_rqueue', 'idiag_wqueue', 'idiag_uid', 'idiag_inode'],
    ],
  },
  { codec: nfgenmsg, fields: ['nfgen_family', 'version', 'res_id'] },
];

/** What the compiler says to a file of assertions; empty when all of them hold. */
function complaints(assertions: readonly string[]): string {
  const input = assertionFile(assertions);
  const { status, stderr, error } = spawnSync('g++', ['-std=c++17', '-fsyntax-only', '-x', 'c++', '-'], {
    input,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return status === 0 ? '' : stderr;
}

function whyNot(): string | undefined {
  try {
    return complaints([]) === '' ? undefined : 'the headers of linux-libc-dev are not installed';
  } catch {
    return 'g++ is not installed';
  }
}

const reason = whyNot();

describe.skipIf(reason !== undefined)(
  `the kernel's headers${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    it('agree with every constant', () => {
      const assertions = Object.entries(groups).flatMap(([group, constants]) =>
        assertConstants(group, constants),
      );
      expect(assertions.length).toBeGreaterThan(150);
      expect(complaints(assertions)).toBe('');
    });

    it('agree with the size of every struct and the offset of its fields', () => {
      for (const { codec, fields } of layouts) expect(fields).toHaveLength(Object.keys(codec.offsets).length);
      expect(complaints(layouts.flatMap(assertLayout))).toBe('');
    });

    it('disagree with a wrong number, a wrong name, a wrong offset and a wrong size', () => {
      expect(complaints(assertConstants('IFLA', { MTU: 5 }))).toContain('IFLA.MTU');
      expect(complaints(assertConstants('IFLA', { MTO: 4 }))).toContain('IFLA_MTO');
      const layout = { name: 'nfgenmsg', bytes: 4, offsets: { family: 0, version: 2, resource: 2 } };
      const fields = ['nfgen_family', 'version', 'res_id'];
      expect(complaints(assertLayout({ codec: layout, fields }))).toContain('nfgenmsg.version');
      expect(complaints(assertLayout({ codec: { ...layout, bytes: 8 }, fields }))).toContain(
        'size of nfgenmsg',
      );
    });
  },
);
