// Filters of others that stand in the way of forwarded packets.
import { filterFamilies, filterKey, lookAt, nameOf } from '../../firewall/foreign-filter.ts';
import { missingForwarding } from '../../firewall/forwarding.ts';
import { filtersOutOfReach } from '../../firewall/out-of-reach.ts';
import { listChains } from '../../netlink/netfilter/chain.ts';
import { NF_INET, NFT_VERDICT } from '../../netlink/netfilter/constants.ts';
import { listIngress } from '../../state/endpoint.ts';
import type { Host } from '../host.ts';
import type { Sketch } from '../sketch/model.ts';
import { BY_MENDING } from './finding.ts';
import type { Finding } from './finding.ts';

const outOfReach: Readonly<Record<string, string>> = {
  firewalld:
    'firewall-cmd --permanent --zone=trusted --add-interface=<device of the network>, then firewall-cmd --reload',
  'iptables-legacy':
    'iptables-legacy -S FORWARD shows it; move it to iptables-nft, or let the devices of the networks pass there',
};

/** What filters of others refuse, or may. Without a store nobody is to be let pass. Throws KernelError. */
export function firewallFindings(host: Host, { networks }: Sketch, hasStore: boolean): Finding[] {
  const asked = hasStore ? [...new Set(listIngress(host.db).map(({ device }) => device))] : [];
  const missing = missingForwarding(host.netfilter, ...asked).map((what): Finding => {
    return {
      severity: 'problem',
      code: 'firewall-refuses',
      where: 'filters of others',
      what,
      mend: BY_MENDING,
    };
  });
  const others = networks.filter(({ origin, kind, device, endpoints }) => {
    return origin === 'cni' && kind === 'bridge' && endpoints.length > 0 && !asked.includes(device ?? '');
  });
  return [...missing, ...refused(host, others), ...elsewhere(host), ...unseen(host)];
}

function refused({ netfilter }: Host, networks: Sketch['networks']): Finding[] {
  return filterFamilies
    .filter((family) => networks.length > 0 && lookAt(netfilter, family)?.isRefusing === true)
    .flatMap((family) =>
      networks.map(({ name, device = '' }): Finding => {
        const tool = family === 'ip' ? 'iptables' : 'ip6tables';
        return {
          ...{ severity: 'problem', code: 'firewall-refuses', where: nameOf(filterKey(family, 'FORWARD')) },
          what: `it refuses what no rule lets pass, and network ${name} (${device}) has asked for none`,
          mend: `put the firewall plugin behind the bridge plugin of ${name}, or ${tool} -I FORWARD -i ${device} -j ACCEPT and the same with -o`,
        };
      }),
    );
}

// Tables of nftables that somebody wrote, whose rules nobody here understands well enough to add to them.
function elsewhere({ netfilter }: Host): Finding[] {
  return listChains(netfilter)
    .filter(({ base, policy, table }) => {
      const isForwarding = base?.hook === NF_INET.FORWARD && policy === NFT_VERDICT.DROP;
      return isForwarding && !['filter', 'tsnet', 'firewalld'].includes(table);
    })
    .map((chain) => ({
      ...{ severity: 'note', code: 'firewall-refuses', where: nameOf(chain) },
      what: 'its policy drops forwarded packets that no rule of its own accepts, those of networks among them',
      mend: `let the devices of the networks pass there: nft insert rule ${chain.family} ${chain.table} ${chain.chain} iifname <device> accept`,
    }));
}

function unseen({ netfilter }: Host): Finding[] {
  return filtersOutOfReach(netfilter).map((name) => ({
    ...{ severity: 'note', code: 'firewall-unseen', where: name },
    what: 'it filters forwarded packets, and netlink does not show what it refuses',
    mend: outOfReach[name] ?? 'let the devices of the networks pass by its own means',
  }));
}
