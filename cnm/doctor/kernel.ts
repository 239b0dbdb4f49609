// What the kernel can do, and whether it forwards.
import type { Family } from '../../address/index.ts';
import { HERE } from '../../native/index.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { listTables } from '../../netlink/netfilter/table.ts';
import { supportsLink } from '../../netlink/route/link.ts';
import { readSysctl } from '../../netns/sysctl.ts';
import type { Host } from '../host.ts';
import type { SketchedNetwork, Sketch } from '../sketch/model.ts';
import type { Finding } from './finding.ts';

/** Kinds of links that only some plugins need: the plugin, and the module. */
const optional = {
  macvlan: ['macvlan', 'macvlan'],
  ipvlan: ['ipvlan', 'ipvlan'],
  vlan: ['vlan', '8021q'],
  dummy: ['dummy', 'dummy'],
  vrf: ['vrf', 'vrf'],
  ifb: ['bandwidth', 'ifb'],
} as const;

/** What everything that filters and translates is made of. */
export const NF_TABLES = 'nf_tables';

/** What this kernel lacks. Throws KernelError when asking is refused. */
export function kernelFindings({ route, netfilter }: Host): Finding[] {
  const findings: Finding[] = [];
  try {
    listTables(netfilter);
  } catch (error) {
    if (!isKernelError(error, 'EOPNOTSUPP', 'EPROTONOSUPPORT', 'EINVAL')) throw error;
    findings.push({
      ...{ severity: 'problem', code: 'kernel-lacks', where: NF_TABLES },
      what: 'this kernel has no nf_tables: nothing is masqueraded, published or kept apart',
      mend: 'modprobe nf_tables nft_nat nft_masq nft_ct, or a kernel with CONFIG_NF_TABLES_INET',
    });
  }
  if (!supportsLink(route, 'bridge'))
    findings.push({
      ...{ severity: 'problem', code: 'kernel-lacks', where: 'bridge' },
      what: 'this kernel has no bridges, which nearly all networks are made of',
      mend: 'modprobe bridge, or a kernel with CONFIG_BRIDGE',
    });
  for (const kind of Object.keys(optional) as (keyof typeof optional)[]) {
    if (supportsLink(route, kind)) continue;
    const [plugin, module] = optional[kind];
    findings.push({
      ...{ severity: 'note', code: 'kernel-lacks', where: kind },
      what: `this kernel has no links of kind ${kind}: plugin ${plugin} cannot do all of its work`,
      mend: `modprobe ${module}, where the module is there; who does not use it needs nothing`,
    });
  }
  return findings;
}

const settings = {
  4: ['ipv4', 'ip_forward'],
  6: ['ipv6', 'conf', 'all', 'forwarding'],
} as const satisfies Record<Family, readonly string[]>;

// Of what is on no bridge and no pair of ours the host forwards nothing.
function needsForwarding(
  { origin, kind, way, addresses, endpoints }: SketchedNetwork,
  family: Family,
): boolean {
  const has = (texts: readonly string[]): boolean =>
    texts.some((text) => text.includes(':') === (family === 6));
  const isRouted = kind === 'ptp' || (kind === 'bridge' && has(addresses));
  return origin !== 'other' && isRouted && way !== 'none' && endpoints.some((one) => has(one.addresses));
}

/** What is not forwarded although networks need it. `read` reads a setting below net. */
export function forwardingFindings(
  { networks, uplinks }: Sketch,
  read: (key: readonly string[]) => string | undefined = (key) => readSysctl(HERE, key),
): Finding[] {
  const findings: Finding[] = [];
  for (const family of [4, 6] as const) {
    const users = networks.filter((network) => needsForwarding(network, family));
    const path = settings[family];
    if (users.length > 0 && read(path) === '0')
      findings.push({
        ...{ severity: 'problem', code: 'not-forwarding', where: `net.${path.join('.')}` },
        what: `the host forwards no IPv${family}, so nothing gets in or out of ${users.map(({ name }) => name).join(', ')}`,
        mend: `sysctl -w net.${path.join('.')}=1, and keep whatever set it to 0 from doing so (/etc/sysctl.d)`,
      });
    // Of IPv6 the setting of all devices alone decides.
    for (const { name, device } of family === 4 ? users : []) {
      if (device === undefined || read(path) === '0' || read(['ipv4', 'conf', device, 'forwarding']) !== '0')
        continue;
      const setting = `net/ipv4/conf/${device}/forwarding`;
      findings.push({
        ...{ severity: 'problem', code: 'not-forwarding', where: setting },
        what: `what comes from network ${name} is not forwarded`,
        mend: `echo 1 > /proc/sys/${setting}`,
      });
    }
  }
  if (networks.some(({ way }) => way === 'masqueraded') && !uplinks.some(({ isWayOut }) => isWayOut))
    findings.push({
      ...{ severity: 'note', code: 'no-way-out', where: 'host' },
      what: 'the host has no default route, so its networks have no way out but to what it reaches itself',
      mend: 'ip route add default via <router>, where there is to be one',
    });
  return findings;
}
