// Rules of others that name what is tsnet's.
import { isOurs, noteOf } from '../firewall/accept-rules.ts';
import { NFT_CMP, NFT_NAT, NFT_VERDICT } from '../netlink/netfilter/constants.ts';
import type { PlacedRule } from '../netlink/netfilter/rule.ts';
import type { Flag } from './flag.ts';
import { chainText } from './hook.ts';
import type { Member, World } from './world.ts';

function bytesIn({ expressions }: PlacedRule): Uint8Array[] {
  return expressions.flatMap(({ kind, data }) => {
    if (kind === 'cmp' && data?.operation === NFT_CMP.EQ) return data.data?.value ?? [];
    return kind === 'immediate' ? (data?.data?.value ?? []) : [];
  });
}

function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString().split('\0')[0] ?? '';
}

function concerned(rule: PlacedRule, members: readonly Member[]): string | undefined {
  const found = bytesIn(rule);
  const member = members.find(
    ({ addresses, device }) =>
      addresses.some((ip) => found.some((bytes) => Buffer.compare(bytes, ip.toBytes()) === 0)) ||
      found.some((bytes) => nameOf(bytes) === device),
  );
  return member?.owner;
}

function codeOf({ expressions }: PlacedRule): 'foreign-dnat' | 'foreign-accept' | undefined {
  if (expressions.some(({ kind, data }) => kind === 'nat' && data?.type === NFT_NAT.DNAT))
    return 'foreign-dnat';
  const isAccepting = expressions.some(
    ({ kind, data }) => kind === 'immediate' && data?.data?.verdict?.code === NFT_VERDICT.ACCEPT,
  );
  return isAccepting ? 'foreign-accept' : undefined;
}

/** Rules of other tables that lead to an endpoint, or let pass what is for one, by its address or its device. */
export function foreignFlags({ kernel, members, wanted }: World): Flag[] {
  const isOwn = ({ family, table }: PlacedRule): boolean =>
    wanted.some((one) => one.table.family === family && one.table.name === table);
  return kernel.ruleset.rules.flatMap((rule): Flag[] => {
    if (isOwn(rule) || isOurs(noteOf(rule))) return [];
    const code = codeOf(rule);
    const owner = code === undefined ? undefined : concerned(rule, members);
    if (code === undefined || owner === undefined) return [];
    const deed = code === 'foreign-dnat' ? 'leads to' : 'lets pass what names';
    const what = `its rule with handle ${rule.handle} ${deed} ${owner} or its device, and tsnet has not made it`;
    const mend = `nft -a list chain ${rule.family} ${rule.table} ${rule.chain}, and delete it there if it is nobody's`;
    return [{ code, where: chainText(rule), what, mend }];
  });
}
