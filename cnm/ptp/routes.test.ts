import { expect, test } from 'vitest';
import { InterfaceAddress, Ip } from '../../address/index.ts';
import { assertForeignGateways, routesByGateway } from './routes.ts';

const at = (address: string, gateway?: string) => ({
  address: InterfaceAddress.parse(address),
  gateway: gateway === undefined ? undefined : Ip.parse(gateway),
});

/** Routes as `ip route` would tell them. */
const told = (...addresses: ReturnType<typeof at>[]): string[] =>
  routesByGateway(addresses).map(
    ({ dst, gw, source }) =>
      `${dst.toString()}${gw === undefined ? '' : ` via ${gw.toString()}`} src ${String(source)}`,
  );

test('the gateway is on the link, the subnet behind it', () => {
  expect(told(at('10.1.0.2/24', '10.1.0.1'), at('fd00::2/64', 'fd00::1'))).toEqual([
    '10.1.0.1/32 src 10.1.0.2',
    '10.1.0.0/24 via 10.1.0.1 src 10.1.0.2',
    'fd00::1/128 src fd00::2',
    'fd00::/64 via fd00::1 src fd00::2',
  ]);
});

test('two addresses of one subnet have one route to it', () => {
  expect(told(at('10.1.0.2/24', '10.1.0.1'), at('10.1.0.3/24', '10.1.0.1'))).toHaveLength(2);
});

test('an address alone has nobody behind the gateway', () => {
  expect(told(at('10.1.0.2/32', '169.254.1.1'))).toEqual(['169.254.1.1/32 src 10.1.0.2']);
  expect(told(at('10.1.0.2/24'))).toEqual([]);
});

test('an address that is its own gateway is refused', () => {
  expect(() => assertForeignGateways([at('10.1.0.1/24', '10.1.0.1')])).toThrow(
    'address 10.1.0.1/24: it is its own gateway',
  );
  expect(() => assertForeignGateways([at('10.1.0.2/24', '10.1.0.1'), at('10.1.0.3/24')])).not.toThrow();
});
