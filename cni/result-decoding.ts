// A result of any version of CNI, read from `prevResult` or from what a delegate printed.

import * as z from 'zod';
import { interfaceAddressText, ipText } from './address-text.ts';
import { dnsSchema } from './dns.ts';
import { goInt, goObject } from './go-json.ts';
import type { Result, ResultIp } from './result.ts';
import { resultRouteSchema } from './route.ts';
import type { Route } from './route.ts';
import { validate } from './validate.ts';

const routes = z.array(resultRouteSchema).default([]);

const familySchema = goObject({ ip: interfaceAddressText, gateway: ipText.optional(), routes });

const interfaceSchema = goObject({
  name: z.string(),
  mac: z.string().optional(),
  mtu: goInt.optional(),
  sandbox: z.string().optional(),
  socketPath: z.string().optional(),
  pciID: z.string().optional(),
});

const ipSchema = goObject({
  interface: goInt.min(0).optional(),
  address: interfaceAddressText,
  gateway: ipText.optional(),
});

const resultSchema = goObject({
  ip4: familySchema.optional(),
  ip6: familySchema.optional(),
  interfaces: z.array(interfaceSchema).default([]),
  ips: z.array(ipSchema).default([]),
  routes,
  dns: dnsSchema.default({}),
});

/**
 * Decodes a result of any version; the keys tell which form it has, so `cniVersion` is not needed (plugins forget
 * it). `source` names the value in errors: a CniError 7 such as `prevResult.ips[0].address "x": why`.
 */
export function decodeResult(json: unknown, source: string): Result {
  const { ip4, ip6, interfaces, ips, routes, dns } = validate(resultSchema, json, source);
  const families = [ip4, ip6].filter((family) => family !== undefined);
  return {
    interfaces,
    ips: [...families.map(({ ip, gateway }): ResultIp => ({ address: ip, gateway })), ...ips],
    routes: [...families.flatMap((family): Route[] => family.routes), ...routes],
    dns,
  };
}
