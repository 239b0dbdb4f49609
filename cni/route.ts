// A route as CNI describes it, in an IPAM configuration and in a result (CNI spec 1.1.0, section 5).

import type { Cidr, Ip } from '../address/index.ts';
import { cidrText, ipText, maskedCidrText } from './address-text.ts';
import { goObject, optional, required } from './go-json.ts';
import { integer } from './reader.ts';
import type { Reader } from './reader.ts';
import { atLeast } from './version.ts';
import type { CniVersion } from './version.ts';

/**
 * A route of the container. Without `gw` it goes by the gateway of the address of its family. `mtu` and `advmss` are
 * in bytes; `priority` is the metric; `table` and `scope` are the kernel's numbers (linux/rtnetlink.h).
 */
export interface Route {
  dst: Cidr;
  gw?: Ip | undefined;
  mtu?: number | undefined;
  advmss?: number | undefined;
  priority?: number | undefined;
  table?: number | undefined;
  scope?: number | undefined;
}

const uint32 = integer(0, 0xffff_ffff);

function routeTo(dst: Reader<Cidr>): Reader<Route> {
  return goObject({
    dst: required(dst),
    gw: optional(ipText),
    mtu: optional(uint32),
    advmss: optional(uint32),
    priority: optional(uint32),
    table: optional(uint32),
    scope: optional(integer(0, 255)),
  });
}

/** A route of a configuration: a destination with host bits is a mistake to report. */
export const configRoute = routeTo(cidrText);

/** A route of another plugin's result: host bits of the destination are cut off, as the kernel does for IPv6. */
export const resultRoute = routeTo(maskedCidrText);

/** The route as JSON of `version`: only `dst` and `gw` before 1.1.0; zeros that mean "not set" are left out. */
export function encodeRoute(route: Route, version: CniVersion): object {
  const { dst, gw, mtu, advmss, priority, table, scope } = route;
  const base = { dst: dst.toString(), ...(gw ? { gw: gw.toString() } : {}) };
  if (!atLeast(version, '1.1.0')) return base;
  return {
    ...base,
    ...(mtu ? { mtu } : {}),
    ...(advmss ? { advmss } : {}),
    ...(priority ? { priority } : {}),
    ...(table === undefined ? {} : { table }),
    ...(scope === undefined ? {} : { scope }),
  };
}
