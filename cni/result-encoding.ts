// A result as the JSON of each version of CNI, keys in the order the reference plugins print them.

import { encodeDns } from './dns.ts';
import { CniError, cniCodes } from './error.ts';
import type { Result, ResultInterface, ResultIp } from './result.ts';
import { encodeRoute } from './route.ts';
import { atLeast } from './version.ts';
import type { CniVersion } from './version.ts';

/**
 * Encodes `result` for `version`, leaving out what that version does not know (CNI spec of the version, "Result").
 * Before 0.3.0 there is room for one address of each family; the first is taken, and a result that has none throws
 * a CniError 999.
 */
export function encodeResult(result: Result, version: CniVersion): object {
  if (!atLeast(version, '0.3.0')) return encodeByFamily(result, version);
  const dns = encodeDns(result.dns);
  const hasDns = !atLeast(version, '1.0.0') || Object.keys(dns).length > 0;
  return {
    cniVersion: version,
    ...list('interfaces', result.interfaces, (item) => encodeInterface(item, version)),
    ...list('ips', result.ips, (item) => encodeIp(item, version)),
    ...list('routes', result.routes, (item) => encodeRoute(item, version)),
    ...(hasDns ? { dns } : {}),
  };
}

function encodeByFamily({ ips, routes, dns }: Result, version: CniVersion): object {
  if (ips.length === 0) throw new CniError(cniCodes.internal, 'cannot convert: no valid IP addresses');
  const ofFamily = (key: string, family: number) => {
    const ip = ips.find(({ address }) => address.family === family);
    if (!ip) return {};
    const own = routes.filter(({ dst }) => dst.family === family);
    return {
      [key]: {
        ip: ip.address.toString(),
        ...(ip.gateway ? { gateway: ip.gateway.toString() } : {}),
        ...list('routes', own, (route) => encodeRoute(route, version)),
      },
    };
  };
  return { cniVersion: version, ...ofFamily('ip4', 4), ...ofFamily('ip6', 6), dns: encodeDns(dns) };
}

function encodeInterface(item: ResultInterface, version: CniVersion): object {
  const { name, mac, mtu, sandbox, socketPath, pciID } = item;
  const isNew = atLeast(version, '1.1.0');
  return {
    name,
    ...(mac ? { mac } : {}),
    ...(isNew && mtu ? { mtu } : {}),
    ...(sandbox ? { sandbox } : {}),
    ...(isNew && socketPath ? { socketPath } : {}),
    ...(isNew && pciID ? { pciID } : {}),
  };
}

function encodeIp({ address, gateway, interface: index }: ResultIp, version: CniVersion): object {
  return {
    ...(atLeast(version, '1.0.0') ? {} : { version: String(address.family) }),
    ...(index === undefined ? {} : { interface: index }),
    address: address.toString(),
    ...(gateway ? { gateway: gateway.toString() } : {}),
  };
}

function list<T>(key: string, items: readonly T[], encode: (item: T) => object): Record<string, object[]> {
  return items.length > 0 ? { [key]: items.map(encode) } : {};
}
