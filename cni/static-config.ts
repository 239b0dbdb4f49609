// What a configuration asks of the address management of type static: addresses that somebody has decided on, together with
// what the runtime adds to them (the plugin's documentation and CNI CONVENTIONS.md).

import { InterfaceAddress, Ip } from '../address/index.ts';
import { interfaceAddressText, ipText, parseRequestedAddress } from './address-text.ts';
import { dnsReader } from './dns.ts';
import type { Dns } from './dns.ts';
import { CniError, cniCodes } from './error.ts';
import { goObject, optional, required, withDefault } from './go-json.ts';
import { assertIpam, valuesOf } from './ipam-config.ts';
import type { IpamInput } from './ipam-config.ts';
import { list } from './reader.ts';
import { configRoute } from './route.ts';
import type { Route } from './route.ts';
import { validate } from './validate.ts';
import { atLeast } from './version.ts';

/** An address with its prefix, and the gateway of its subnet. */
export interface StaticAddress {
  address: InterfaceAddress;
  gateway?: Ip | undefined;
}

/** What an attachment gets. */
export interface StaticConfig {
  addresses: StaticAddress[];
  routes: Route[];
  dns: Dns;
}

const ipamReader = goObject({
  addresses: withDefault<StaticAddress[]>(
    [],
    list(goObject({ address: required(interfaceAddressText), gateway: optional(ipText) })),
  ),
  routes: withDefault<Route[]>([], list(configRoute)),
  dns: withDefault<Dns>({}, dnsReader),
});

/**
 * Reads the `ipam` key. The addresses of runtimeConfig.ips, else of args.cni.ips, take the place of those configured; those
 * of CNI_ARGS' IP, with the GATEWAY of their subnet, are added to them. Throws a CniError 7 that names key and value.
 */
export function readStaticConfig({ config, args, version }: IpamInput): StaticConfig {
  const { addresses, routes, dns } = validate(ipamReader, assertIpam(config), 'ipam');
  const asked = [config.runtimeConfig?.ips, config.args?.cni?.ips].find((ips) => ips?.length);
  const decided = asked?.map(askedAddress) ?? [...addresses, ...addressesOfArgs(args)];
  if (!atLeast(version, '0.3.0')) refuseSecondOfFamily(decided, version);
  return { addresses: decided, routes, dns };
}

function askedAddress(asked: Ip | InterfaceAddress): StaticAddress {
  if (asked instanceof InterfaceAddress) return { address: asked };
  const message = `an entry in the 'ips' field is NOT in CIDR notation, got: '${asked.toString()}'`;
  throw new CniError(cniCodes.invalidConfig, message);
}

function addressesOfArgs(args: ReadonlyMap<string, string>): StaticAddress[] {
  const gateways = valuesOf(args, 'GATEWAY').map((text) => Ip.parse(text));
  return valuesOf(args, 'IP').map((text) => {
    const address = parseRequestedAddress(text);
    if (address instanceof Ip) {
      const message = `the 'ip' field is expected to be in CIDR notation, got: '${text}'`;
      throw new CniError(cniCodes.invalidConfig, message);
    }
    return { address, gateway: gateways.findLast((gateway) => address.network.contains(gateway)) };
  });
}

/** Results before 0.3.0 have room for one address of each family (CNI spec 0.2.0, "Result"). */
function refuseSecondOfFamily(addresses: readonly StaticAddress[], version: string): void {
  for (const family of [4, 6] as const) {
    if (addresses.filter(({ address }) => address.family === family).length <= 1) continue;
    const message = `CNI version ${version} does not support more than 1 address per family`;
    throw new CniError(cniCodes.invalidConfig, message);
  }
}
