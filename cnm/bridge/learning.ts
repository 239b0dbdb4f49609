// From which frames a bridge learns where a link-layer address is.
//
// Frames to the link-local groups 01:80:c2:00:00:0x are not forwarded, some of them pass no hook, and the bridge learns from
// their sources all the same: one of them with another's source address would lead that one's frames here.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { BR_BOOLOPT } from '../../netlink/route/constants.ts';
import { changeLink, findLink } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import type { Host } from '../host.ts';

const NO_LL_LEARN = 1 << BR_BOOLOPT.NO_LL_LEARN;

/** Tells whether a bridge learns from frames that no rule sees. */
export function learnsUnseen({ attributes: { info } }: Link): boolean {
  return info?.kind !== 'bridge' || ((info.data?.options?.values ?? 0) & NO_LL_LEARN) === 0;
}

/** Makes a bridge learn from frames alone that rules see. Throws TSNET_UNSUPPORTED by a kernel older than 5.0. */
export function learnFromSeen(host: Pick<Host, 'route'>, bridge: Link): void {
  if (!learnsUnseen(bridge)) return;
  const options = { values: NO_LL_LEARN, mask: NO_LL_LEARN };
  host.route.request(changeLink({ index: bridge.index }, { kind: 'bridge', data: { options } }));
  const changed = findLink(host.route, { index: bridge.index });
  // A kernel that does not know the attribute says nothing.
  if (changed === undefined || learnsUnseen(changed))
    throw new TsnetError(
      'TSNET_UNSUPPORTED',
      'antiSpoof true: not supported by this kernel, it needs Linux 5.0 (bridge option no_linklocal_learn)',
    );
}
