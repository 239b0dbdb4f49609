// A result of any version of CNI, read from `prevResult` or from what a delegate printed.

import { interfaceAddressText, ipText } from './address-text.ts';
import { dnsReader } from './dns.ts';
import type { Dns } from './dns.ts';
import { goObject, optional, required, withDefault } from './go-json.ts';
import { integer, list, text } from './reader.ts';
import type { Result, ResultInterface, ResultIp } from './result.ts';
import { resultRoute } from './route.ts';
import type { Route } from './route.ts';
import { validate } from './validate.ts';

const routeList = list(resultRoute);

const familyResult = goObject({
  ip: required(interfaceAddressText),
  gateway: optional(ipText),
  routes: withDefault<Route[]>([], routeList),
});

const anyInteger = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

const interfaceResult = goObject({
  name: required(text),
  mac: optional(text),
  mtu: optional(anyInteger),
  sandbox: optional(text),
  socketPath: optional(text),
  pciID: optional(text),
});

const ipResult = goObject({
  interface: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  address: required(interfaceAddressText),
  gateway: optional(ipText),
});

const resultReader = goObject({
  ip4: optional(familyResult),
  ip6: optional(familyResult),
  interfaces: withDefault<ResultInterface[]>([], list(interfaceResult)),
  ips: withDefault<ResultIp[]>([], list(ipResult)),
  routes: withDefault<Route[]>([], routeList),
  dns: withDefault<Dns>({}, dnsReader),
});

/**
 * Decodes a result of any version; the keys tell which form it has, so `cniVersion` is not needed (plugins forget
 * it). `source` names the value in errors: a CniError 7 such as `prevResult.ips[0].address "x": why`.
 */
export function decodeResult(json: unknown, source: string): Result {
  const { ip4, ip6, interfaces, ips, routes, dns } = validate(resultReader, json, source);
  const families = [ip4, ip6].filter((family) => family !== undefined);
  return {
    interfaces,
    ips: [...families.map(({ ip, gateway }): ResultIp => ({ address: ip, gateway })), ...ips],
    routes: [...families.flatMap((family): Route[] => family.routes), ...routes],
    dns,
  };
}
