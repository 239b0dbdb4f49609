// What a configuration asks of tsnet's own address management: `ipam` of the types tsnet and host-local, together
// with what the runtime adds to it (host-local's documentation and CNI CONVENTIONS.md).

import { Ip } from '../address/index.ts';
import type { InterfaceAddress } from '../address/index.ts';
import { parseRequestedAddress } from './address-text.ts';
import { CniError, cniCodes } from './error.ts';
import { goObject, optional } from './go-json.ts';
import { checked, list, text } from './reader.ts';
import type { Output } from './reader.ts';
import { checkIpRange, formatIpRange, ipRangeShape, rangeSet, rangesOverlap } from './ip-range.ts';
import type { IpRange } from './ip-range.ts';
import type { Call } from './plugin.ts';
import { configRoute } from './route.ts';
import type { Route } from './route.ts';
import { validate } from './validate.ts';
import { atLeast } from './version.ts';

/** The addresses that one attachment gets: one of each range set, and `requested` ones where they fit. */
export interface IpamConfig {
  rangeSets: IpRange[][];
  routes: Route[];
  requested: Ip[];
  /** A resolv.conf whose content becomes the result's `dns`. */
  resolvConf?: string | undefined;
  /** host-local's state folder; tsnet keeps leases in its own store. */
  dataDir?: string | undefined;
}

const ipamObject = goObject({
  ...ipRangeShape,
  subnet: optional(ipRangeShape.subnet.reader),
  ranges: optional(list(rangeSet)),
  routes: optional(list(configRoute)),
  resolvConf: optional(text),
  dataDir: optional(text),
});

const ipamReader = checked(ipamObject, (ipam, report) => {
  const range = legacyRange(ipam);
  if (range) checkIpRange(range, report);
});

/** The parts of a call that decide about addresses. */
export type IpamInput = Pick<Call, 'config' | 'args' | 'version'>;

/**
 * Reads the `ipam` key. Range sets come from runtimeConfig.ipRanges, then the subnet directly under `ipam`, then
 * `ranges`; requested addresses from the first of runtimeConfig.ips, args.cni.ips and CNI_ARGS' IP that names any.
 * Throws a CniError 7 that names key and value for whatever makes no sense, such as ranges that overlap.
 */
export function readIpamConfig({ config, args, version }: IpamInput): IpamConfig {
  const ipam = validate(ipamReader, assertIpam(config), 'ipam');
  const legacy = legacyRange(ipam);
  const rangeSets: IpRange[][] = [
    ...(config.runtimeConfig?.ipRanges ?? []),
    ...(legacy ? [[legacy]] : []),
    ...(ipam.ranges ?? []),
  ];
  if (rangeSets.length === 0)
    throw new CniError(cniCodes.invalidConfig, 'ipam: no IP ranges specified: give it a subnet or ranges');
  refuseOverlaps(rangeSets);
  if (!atLeast(version, '0.3.0')) refuseSecondOfFamily(rangeSets, version);
  const wanted = config.runtimeConfig?.ips ?? config.args?.cni?.ips ?? requestedByArgs(args);
  return {
    rangeSets,
    routes: ipam.routes ?? [],
    requested: wanted.map((address) => (address instanceof Ip ? address : address.ip)),
    resolvConf: ipam.resolvConf,
    dataDir: ipam.dataDir,
  };
}

/** The `ipam` key. Throws a CniError 7 when a configuration has none. */
export function assertIpam({ ipam }: IpamInput['config']): object {
  if (ipam === undefined) throw new CniError(cniCodes.invalidConfig, "IPAM config missing 'ipam' key");
  return ipam;
}

/** The values that CNI_ARGS has under a name, separated by commas. */
export function valuesOf(args: ReadonlyMap<string, string>, name: string): string[] {
  const list = (args.get(name) ?? '').split(',').map((one) => one.trim());
  return list.filter((one) => one !== '');
}

type Ipam = Output<typeof ipamObject>;

function legacyRange({ subnet, rangeStart, rangeEnd, gateway }: Ipam): IpRange | undefined {
  return subnet && { subnet, rangeStart, rangeEnd, gateway };
}

function refuseOverlaps(rangeSets: IpRange[][]): void {
  const ranges = rangeSets.flat();
  for (const [i, a] of ranges.entries()) {
    const b = ranges.slice(i + 1).find((later) => rangesOverlap(a, later));
    if (b)
      throw new CniError(
        cniCodes.invalidConfig,
        `ipam.ranges ${formatIpRange(a)}: overlaps with ${formatIpRange(b)}`,
      );
  }
}

/** Results before 0.3.0 have room for one address of each family (CNI spec 0.2.0, "Result"). */
function refuseSecondOfFamily(rangeSets: IpRange[][], version: string): void {
  for (const family of [4, 6] as const) {
    const count = rangeSets.filter((ranges) => ranges[0]?.subnet.family === family).length;
    if (count <= 1) continue;
    const message = `ipam.ranges: ${count} range sets of IPv${family}: CNI version ${version} does not support more than 1 address per family`;
    throw new CniError(cniCodes.invalidConfig, message);
  }
}

function requestedByArgs(args: ReadonlyMap<string, string>): (Ip | InterfaceAddress)[] {
  return valuesOf(args, 'IP').map(parseRequestedAddress);
}
