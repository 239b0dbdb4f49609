// Chooses subnets for networks that name none: on nothing that the host already reaches.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Cidr, Ip } from '../address/index.ts';
import type { Family } from '../address/index.ts';
import { subnetsOf } from '../address/subnets.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { listAddresses } from '../netlink/route/address.ts';
import { listRoutes } from '../netlink/route/route.ts';
import type { Host } from './host.ts';

/** Where automatic IPv4 subnets come from, and how large each is: 254 containers are many for one machine. */
const POOLS = ['172.30.0.0/15', '10.210.0.0/16', '192.168.128.0/17'].map((text) => Cidr.parse(text));
const PREFIX: Record<Family, number> = { 4: 24, 6: 64 };

function nameservers(): Ip[] {
  let text: string;
  try {
    text = readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return [];
  }
  return [...text.matchAll(/^\s*nameserver\s+([0-9a-fA-F.:]+)/gm)].flatMap(([, address = '']) => {
    try {
      return [Ip.parse(address)];
    } catch {
      return [];
    }
  });
}

/** What the host reaches: every route but the default ones, every address, every nameserver. */
function inUse(host: Host): Cidr[] {
  const whole = (ip: Ip): Cidr => Cidr.of(ip, ip.family === 4 ? 32 : 128);
  return [
    ...listRoutes(host.route).map(({ dst }) => dst),
    ...listAddresses(host.route).map(({ address }) => address.network),
    ...nameservers().map(whole),
  ].filter(({ prefix }) => prefix > 0);
}

// RFC 4193, 3.2.2: a prefix nobody else is likely to have made up, too.
function randomUniqueLocal(): Cidr {
  const bytes = new Uint8Array(16);
  bytes.set(randomBytes(5), 1);
  bytes[0] = 0xfd;
  return Cidr.of(Ip.fromBytes(bytes), PREFIX[6]);
}

/** A free subnet of `family` that overlaps none of `taken`. Throws TSNET_EXHAUSTED. */
export function chooseSubnet(host: Host, family: Family, taken: readonly Cidr[]): Cidr {
  const occupied = [...inUse(host), ...taken];
  const candidates =
    family === 4 ? POOLS.flatMap((pool) => [...subnetsOf(pool, PREFIX[4])]) : [randomUniqueLocal()];
  const free = candidates.find((candidate) => !occupied.some((one) => one.overlaps(candidate)));
  if (free === undefined) {
    throw new TsnetError(
      'TSNET_EXHAUSTED',
      'no free subnet is left in the automatic pools: name one with --subnet',
    );
  }
  return free;
}
