// Subnets that are there twice: packets for one of them never arrive.
import { Cidr } from '../../address/index.ts';
import { RT_TABLE, RTN } from '../../netlink/route/constants.ts';
import { listLinks } from '../../netlink/route/link.ts';
import { listRoutes } from '../../netlink/route/route.ts';
import type { Host } from '../host.ts';
import type { Sketch } from '../sketch/model.ts';
import type { Finding } from './finding.ts';

/** A subnet, whose it is, and the device that it is behind. */
export interface Claim {
  readonly cidr: Cidr;
  readonly owner: string;
  readonly device: string | undefined;
}

/** What networks and routes of the host claim. Throws KernelError. */
export function readClaims({ route }: Host, { networks }: Sketch): Claim[] {
  const names = new Map(listLinks(route).map(({ index, ifname }) => [index, ifname]));
  const own = networks.flatMap(({ name, subnets, device, origin }) =>
    origin === 'other'
      ? []
      : subnets.map((text) => ({ cidr: Cidr.parse(text), owner: `network ${name}`, device })),
  );
  const routes = listRoutes(route)
    .filter(({ dst, table, type }) => dst.prefix > 0 && table === RT_TABLE.MAIN && type === RTN.UNICAST)
    .filter(({ dst }) => !dst.network.isLinkLocal)
    .map(({ dst, oif }) => {
      const device = oif === undefined ? undefined : names.get(oif);
      return { cidr: dst, owner: `the route to ${dst.toString()} by ${device ?? 'nothing'}`, device };
    });
  return [...own, ...routes];
}

/** Claims of networks that overlap what is behind another device. */
export function overlaps(claims: readonly Claim[]): Finding[] {
  return claims.flatMap((one, at) =>
    claims.slice(at + 1).flatMap((other): Finding[] => {
      const isOther = one.device !== other.device;
      if (!isOther || !one.owner.startsWith('network ') || !one.cidr.overlaps(other.cidr)) return [];
      // A route that has the network within it is what an office or a VPN has; the network hides a part of it.
      const what = `subnet ${one.cidr.toString()} overlaps ${other.owner}${other.owner.startsWith('network ') ? ` with ${other.cidr.toString()}` : ''}`;
      const mend =
        'give one of them another subnet: tsnet network rm, then create without --subnet, which takes a free one';
      return [{ severity: 'problem', code: 'subnets-overlap', where: one.owner, what, mend }];
    }),
  );
}
