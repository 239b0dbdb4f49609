// Where a call's addresses come from: tsnet's own pools, or another IPAM plugin found in CNI_PATH.
import { CniError, cniCodes, delegate, isForeign, readIpamConfig } from '../cni/index.ts';
import type { Call, Command, Result } from '../cni/index.ts';
import { hostLocalFolder } from '../cnm/host-local.ts';
import type { AddressedTarget, Addressing } from '../cnm/request.ts';
import { readResolvConf } from './resolv-conf.ts';

/** The plugins of the reference whose place tsnet's own pools take. */
const OWN_TYPES = ['host-local'];

/** What IPAM decides about an endpoint. */
export interface IpamAnswer {
  readonly addressing: Addressing;
  readonly routes: AddressedTarget['routes'];
  readonly dns: Result['dns'];
}

/**
 * The foreign IPAM plugin that a call's configuration names, if it names one. Under a name that is ours, too, somebody
 * else's plugin may be installed: then it keeps the addresses.
 */
function foreignIpam({ config, path }: Call): string | undefined {
  const type = config.ipam?.type;
  if (type === undefined || type === 'tsnet') return undefined;
  return OWN_TYPES.includes(type) && !isForeign(type, path) ? undefined : type;
}

/** Tells whether somebody else's IPAM plugin gives the addresses. */
export function hasForeignIpam(call: Call): boolean {
  return foreignIpam(call) !== undefined;
}

/** Throws CniError 7 when a configuration has no IPAM, for an interface of a kind that is of no use without addresses. */
export function assertIpam({ config }: Call, kind: string): void {
  if (config.ipam?.type === undefined)
    throw new CniError(cniCodes.invalidConfig, `${kind} interface requires an IPAM configuration`);
}

/** Asks IPAM what the endpoint is to get. A foreign plugin is run, our own pools answer later, under their lock. */
export function askIpam(call: Call): IpamAnswer {
  if (call.config.ipam?.type === undefined) return { addressing: { from: 'nowhere' }, routes: [], dns: {} };
  const foreign = foreignIpam(call);
  if (foreign === undefined) return askPools(call);
  const result = delegate(call, foreign, 'ADD');
  const { ips = [], routes = [], dns = {} } = result ?? {};
  if (ips.length === 0)
    throw new CniError(cniCodes.internal, `IPAM plugin "${foreign}" returned missing IP config`);
  return { addressing: { from: 'elsewhere', addresses: ips }, routes, dns };
}

function askPools(call: Call): IpamAnswer {
  const { rangeSets, requested, routes, resolvConf } = readIpamConfig(call);
  const addressing = {
    from: 'pool',
    rangeSets,
    requested,
    hostLocalFolder: folderOfHostLocal(call),
  } as const;
  return { addressing, routes, dns: resolvConf === undefined ? {} : readResolvConf(resolvConf) };
}

/** Where host-local kept what it gave, when the configuration is one that it would have served. */
export function folderOfHostLocal({ config, network }: Call): string | undefined {
  const { type, dataDir } = config.ipam ?? {};
  return type === 'host-local' ? hostLocalFolder(network, dataDir) : undefined;
}

/** Where the addresses of an ADD would come from; asks nobody. */
export function addressingOf(call: Call): Addressing {
  const isOurs = call.config.ipam?.type !== undefined && !hasForeignIpam(call);
  return isOurs ? askPools(call).addressing : { from: 'nowhere' };
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
