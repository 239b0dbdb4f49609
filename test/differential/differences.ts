// What tsnet means to do otherwise than the reference plugins (1.1.1 of Debian 12): each with its reason, as what has to be
// done to the reference's observation to get ours.
import type { Observed } from './observed.ts';
import type { View } from './observation.ts';

/** A difference that is meant. `adapt` gives what tsnet is to be seen doing where the reference did `observed`. */
export interface Difference {
  readonly name: string;
  readonly why: string;
  adapt(observed: Observed): Observed;
}

type Settings = Readonly<Record<string, string>>;

function setting(
  where: 'settings' | 'hostSettings',
  name: string,
  from: string,
  to: string,
  why: string,
): Difference {
  const change = (settings: Settings): Settings =>
    settings[name] === from ? { ...settings, [name]: to } : settings;
  return {
    name: `${where}: ${name} is ${to}, not ${from}`,
    why,
    adapt: (observed) => {
      const isMeant =
        where === 'hostSettings'
          ? observed.host.links.some((line) => line.startsWith('cni0 '))
          : isConnected(observed) && (name.startsWith('ipv4') || hasIpv6(observed));
      return isMeant ? { ...observed, [where]: change(observed[where]) } : observed;
    },
  };
}

/** Tells whether the container got an interface beside its loopback. */
function isConnected(observed: Observed): boolean {
  return isAttached(observed) && observed.sandbox.links.length > 1;
}

function isAttached({ add }: Observed): boolean {
  return (add as { status: number }).status === 0;
}

function hasIpv6({ sandbox }: Observed): boolean {
  return sandbox.addresses.some((line) => /^(?!lo ).*:/.test(line));
}

function inViews(observed: Observed, change: (view: View) => View): Observed {
  const { sandbox, host, sandboxAfter, hostAfter } = observed;
  return {
    ...observed,
    sandbox: change(sandbox),
    host: change(host),
    sandboxAfter: change(sandboxAfter),
    hostAfter: change(hostAfter),
  };
}

/** All that is meant. */
export const differences: readonly Difference[] = [
  setting(
    'settings',
    'ipv6/conf/accept_ra',
    '1',
    '0',
    'a neighbour that sends router advertisements is no router (CVE-2020-10749)',
  ),
  setting('settings', 'ipv6/conf/accept_redirects', '1', '0', 'nor may it redirect'),
  setting('settings', 'ipv4/conf/accept_redirects', '1', '0', 'nor may it redirect'),
  setting('settings', 'ipv4/conf/arp_notify', '0', '1', 'neighbours learn at once who has the address now'),
  setting(
    'settings',
    'ipv6/conf/accept_dad',
    '1',
    '0',
    "the address is the container's by lease, and detection costs a second",
  ),
  setting('settings', 'ipv6/conf/keep_addr_on_down', '0', '1', 'newer versions of the reference do so'),
  setting('settings', 'ipv6/conf/ndisc_notify', '0', '1', 'neighbours learn at once who has the address now'),
  setting(
    'hostSettings',
    'ipv4/conf/accept_redirects',
    '1',
    '0',
    'a router takes no advice from its clients',
  ),
  setting(
    'hostSettings',
    'ipv6/conf/accept_redirects',
    '1',
    '0',
    'a router takes no advice from its clients',
  ),
  setting('hostSettings', 'ipv6/conf/addr_gen_mode', '0', '1', 'no addresses but those that were decided'),
  {
    name: 'a network without IPv6 has no IPv6 at all',
    why: 'nobody can be addressed by what nobody configured',
    adapt: (observed) => {
      const { settings } = observed;
      if (hasIpv6(observed) || !isConnected(observed)) return observed;
      if (observed.sandbox.addresses.every((line) => line.startsWith('lo '))) return observed;
      const none = { 'ipv6/conf/disable_ipv6': '1', 'ipv6/conf/accept_dad': '1' };
      return { ...observed, settings: { ...settings, ...none } };
    },
  },
  {
    name: 'CHECK of what is whole succeeds',
    why:
      'the reference wants addresses where there are none, does not find routes without a gateway, its own rules for ports, ' +
      'and what tuning or sbr behind it in the chain have changed',
    adapt: (observed) => {
      const { result } = observed.add as { result?: { cniVersion: string } };
      // Before 0.4.0 there is no CHECK.
      const isAsked = result !== undefined && result.cniVersion !== '0.3.1';
      return isAsked ? { ...observed, check: 0 } : observed;
    },
  },
  {
    name: "the host's route to a container without a bridge is of scope link",
    why: 'scope host is for addresses of the host itself',
    adapt: (observed) => {
      const routes = observed.host.routes.map((line) =>
        line.replace(/(dev veth\* .*) scope host$/, '$1 scope link'),
      );
      return { ...observed, host: { ...observed.host, routes } };
    },
  },
  {
    name: 'the queue of a veth or an ifb is as long as the kernel makes it',
    why: 'the reference asks for none, by an old default of its library',
    adapt: (observed) =>
      inViews(observed, (view) => ({
        ...view,
        links: view.links.map((line) =>
          line
            .replace(/ txqlen {2}/, ' txqlen 1000 ')
            .replace(/ txqlen $/, ' txqlen 1000')
            .replace(/ ifb mtu 1500 txqlen 1000/, ' ifb mtu 1500 txqlen 32'),
        ),
      })),
  },
  {
    name: 'a container reaches its own published port',
    why: 'the port of the bridge has to send back where it came from',
    adapt: (observed) => {
      const publishes = Object.keys(observed.traffic).some((call) => / 8080\//.test(call));
      if (!publishes) return observed;
      const links = observed.host.links.map((line) =>
        /^veth\* .* master /.test(line) && !line.includes('hairpin') ? `${line} hairpin` : line,
      );
      return { ...observed, host: { ...observed.host, links } };
    },
  },
  {
    name: 'a bridge that nobody uses any more goes',
    why: 'nothing stays of what tsnet made',
    adapt: (observed) => {
      const isOfBridge = (line: string): boolean => /^cni0 | dev cni0 /.test(line);
      const { hostAfter } = observed;
      const without = (lines: string[]): string[] => lines.filter((line) => !isOfBridge(line));
      const { links, addresses, routes } = hostAfter;
      return {
        ...observed,
        hostAfter: {
          ...hostAfter,
          links: without(links),
          addresses: without(addresses),
          routes: without(routes),
        },
      };
    },
  },
  {
    name: 'an ADD that fails leaves nothing',
    why: 'the reference leaves the interface and the bridge',
    adapt: (observed) => {
      const { before } = observed;
      if (isAttached(observed)) return observed;
      // Both take an interface of that name away when DEL comes: it might be an older version's.
      const links = before.sandbox.links.filter((line) => observed.sandboxAfter.links.includes(line));
      const sandboxAfter = { ...before.sandbox, links };
      return { ...observed, ...before, sandboxAfter, hostAfter: before.host };
    },
  },
  {
    name: 'DEL succeeds whatever the configuration says',
    why: 'a mistake in it must not keep a container from being deleted',
    adapt: (observed) => ({ ...observed, del: 0, delAgain: 0 }),
  },
  {
    name: 'dns is left out of a result where there is none',
    why: 'version 1.0.0 of the specification; portmap of 1.1.1 prints it',
    adapt: (observed) => {
      const { status, result } = observed.add as { status: number; result?: Record<string, unknown> };
      if (result?.['cniVersion'] !== '1.0.0' || result['dns'] === undefined) return observed;
      if (Object.keys(result['dns'] as object).length > 0) return observed;
      const rest = Object.entries(result).filter(([key]) => key !== 'dns');
      return { ...observed, add: { status, result: Object.fromEntries(rest) } };
    },
  },
  {
    name: 'a published port answers on ::1',
    why: 'the reference has no way back for it',
    adapt: (observed) => answered(observed, 'host to ::1 8080/tcp', 'c1 fd00:1::1'),
  },
];

function answered(observed: Observed, call: string, answer: string): Observed {
  if (observed.traffic[call] !== 'silence') return observed;
  return { ...observed, traffic: { ...observed.traffic, [call]: answer } };
}
