// Where a call's addresses come from: tsnet's own pools, the configuration, or another IPAM plugin found in CNI_PATH.
import { CniError, cniCodes, delegate, isForeign, readIpamConfig, readStaticConfig } from '../cni/index.ts';
import type { Call, Command, Result } from '../cni/index.ts';
import type { AddressedTarget, Addressing } from '../cnm/request.ts';
import { folderOf } from './host-local-files.ts';
import { readResolvConf } from './resolv-conf.ts';

/** What IPAM decides about an endpoint. */
export interface IpamAnswer {
  readonly addressing: Addressing;
  readonly routes: AddressedTarget['routes'];
  readonly dns: Result['dns'];
}

/** What tsnet answers itself: under its own name, and under those of the plugins of the reference whose place it takes. */
const own: Readonly<Record<string, (call: Call) => IpamAnswer>> = {
  tsnet: askPools,
  'host-local': askPools,
  static: askStatic,
};

/** A call, as far as it tells whose IPAM plugin is meant. */
type Asking = Pick<Call, 'config' | 'path'>;

// Several steps of one call ask, and all of them are to get the same answer.
const answered = new WeakMap<Asking, string | false>();

/**
 * The foreign IPAM plugin that a call's configuration names, if it names one. Under a name that is ours, too, somebody
 * else's plugin may be installed: then it keeps the addresses.
 */
function foreignIpam(call: Asking): string | undefined {
  const known = answered.get(call) ?? findForeignIpam(call) ?? false;
  answered.set(call, known);
  return known === false ? undefined : known;
}

function findForeignIpam({ config, path }: Asking): string | undefined {
  const type = config.ipam?.type;
  if (type === undefined || type === 'tsnet') return undefined;
  return Object.hasOwn(own, type) && !isForeign(type, path) ? undefined : type;
}

/** Tells whether somebody else's IPAM plugin gives the addresses. */
export function hasForeignIpam(call: Asking): boolean {
  return foreignIpam(call) !== undefined;
}

/** Throws CniError 7 when a configuration has no IPAM, for an interface of a kind that is of no use without addresses. */
export function assertIpam({ config }: Call, kind: string): void {
  if (config.ipam?.type === undefined)
    throw new CniError(cniCodes.invalidConfig, `${kind} interface requires an IPAM configuration`);
}

/** Asks IPAM what the endpoint is to get. A foreign plugin is run, our own pools answer later, under their lock. */
export function askIpam(call: Call): IpamAnswer {
  const type = call.config.ipam?.type;
  if (type === undefined) return { addressing: { from: 'nowhere' }, routes: [], dns: {} };
  const answer = hasForeignIpam(call) ? askForeign(call, type) : askOwn(call, type);
  if (answer.addressing.from === 'elsewhere' && answer.addressing.addresses.length === 0)
    throw new CniError(cniCodes.internal, `IPAM plugin "${type}" returned missing IP config`);
  return answer;
}

function askForeign(call: Call, type: string): IpamAnswer {
  const { ips = [], routes = [], dns = {} } = delegate(call, type, 'ADD') ?? {};
  return { addressing: { from: 'elsewhere', addresses: ips }, routes, dns };
}

function askOwn(call: Call, type: string): IpamAnswer {
  return (own[type] ?? askPools)(call);
}

/** What the pools of a configuration give, as host-local does. Throws CniError 7. */
export function askPools(call: Call): IpamAnswer {
  const { rangeSets, requested, routes, resolvConf } = readIpamConfig(call);
  const addressing = {
    from: 'pool',
    rangeSets,
    requested,
    hostLocalFolder: folderOf(call),
  } as const;
  return { addressing, routes, dns: resolvConf === undefined ? {} : readResolvConf(resolvConf) };
}

/** What a configuration says itself, as static does. Throws CniError 7. */
export function askStatic(call: Call): IpamAnswer {
  const { addresses, routes, dns } = readStaticConfig(call);
  return { addressing: { from: 'elsewhere', addresses }, routes, dns };
}

/** Where the addresses of an ADD would come from; asks nobody. */
export function addressingOf(call: Call): Addressing {
  const type = call.config.ipam?.type;
  return type === undefined || hasForeignIpam(call) ? { from: 'nowhere' } : askOwn(call, type).addressing;
}

/**
 * Passes a verb on to a foreign IPAM plugin, when the configuration names one. STATUS and GC came with CNI 1.1.0: that an
 * older plugin does not know them is no fault of the network.
 */
export function tellIpam(call: Call, command: Command): void {
  const foreign = foreignIpam(call);
  if (foreign === undefined) return;
  try {
    delegate(call, foreign, command);
  } catch (error) {
    const isNew = command === 'STATUS' || command === 'GC';
    const isOld =
      error instanceof CniError &&
      [cniCodes.unknownContainer, cniCodes.invalidEnvironment].some((code) => code === error.cniCode);
    if (!isNew || !isOld) throw error;
  }
}
