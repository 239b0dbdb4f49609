// What plugins behind the first of a CNI configuration say, as options of a network.
import { goObject, integer, optional, required, text } from '../../cni/index.ts';
import { validate } from '../../cni/validate.ts';
import { MTU_OPTION, optionName } from '../../cnm/network-options.ts';
import { remarkUnknown } from './translation.ts';

type Plugin = { readonly type: string };
type Options = Record<string, string>;

const pace = optional(integer(0, Number.MAX_SAFE_INTEGER));

const bandwidth = goObject({ ingressRate: pace, egressRate: pace });

const tuning = goObject({ type: required(text), mtu: optional(integer(0, 65535)) });

const tuned: ReadonlySet<string> = new Set(['type', 'mtu', 'capabilities', 'dataDir']);

/** What every network of ours does: publish ports, be let through the host's filters, have a loopback interface. */
const builtIn: readonly string[] = ['portmap', 'firewall', 'loopback'];

const why: Readonly<Record<string, string>> = {
  dnsname: '/etc/hosts in each sandbox names the members',
};

/** The options that they stand for; for what cannot be taken over there is a remark. Throws WrongValue. */
export function chainedOptions(plugins: readonly Plugin[], remarks: string[]): Options {
  return Object.assign({}, ...plugins.map((plugin) => optionsOf(plugin, remarks))) as Options;
}

function optionsOf(plugin: Plugin, remarks: string[]): Options {
  if (builtIn.includes(plugin.type)) return {};
  if (plugin.type === 'bandwidth') return bandwidthOptions(plugin);
  if (plugin.type === 'tuning') {
    const read = validate(tuning, plugin, 'tuning');
    remarkUnknown(read, tuned, remarks);
    return read.mtu === undefined || read.mtu === 0 ? {} : { [MTU_OPTION]: String(read.mtu) };
  }
  remarks.push(
    `taken without plugin ${plugin.type}: ${why[plugin.type] ?? 'networks of tsnet have no such part'}`,
  );
  return {};
}

function bandwidthOptions(plugin: Plugin): Options {
  const { ingressRate = 0, egressRate = 0 } = validate(bandwidth, plugin, 'bandwidth');
  return {
    ...(ingressRate === 0 ? {} : { [optionName('ingressRate')]: String(ingressRate) }),
    ...(egressRate === 0 ? {} : { [optionName('egressRate')]: String(egressRate) }),
  };
}
