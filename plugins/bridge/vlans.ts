// The VLAN keys of the `bridge` plugin: `vlan`, `vlanTrunk`, `preserveDefaultVlan`.
import { checked, goObject, integer, list, optional } from '../../cni/index.ts';
import type { Output, Report } from '../../cni/index.ts';
import type { VlanSpec } from '../../cnm/request.ts';

const MAX_VLAN = 4094;
const anyInteger = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

function isVlan(id: number): boolean {
  return id >= 1 && id <= MAX_VLAN;
}

/** A VLAN, or 0 for none. */
export const vlanId = checked(anyInteger, (id, report) => {
  if (id !== 0 && !isVlan(id)) report([], `invalid VLAN ID ${id} (must be between 0 and ${MAX_VLAN})`);
});

interface TrunkEntry {
  readonly id?: number | undefined;
  readonly minID?: number | undefined;
  readonly maxID?: number | undefined;
}

function checkEntry({ id, minID, maxID }: TrunkEntry, report: Report): void {
  if (id !== undefined && !isVlan(id)) report(['id'], 'incorrect trunk id parameter');
  if (minID !== undefined && !isVlan(minID)) report(['minID'], 'incorrect trunk minID parameter');
  if (maxID !== undefined && !isVlan(maxID)) report(['maxID'], 'incorrect trunk maxID parameter');
  if (minID !== undefined && maxID !== undefined && minID > maxID)
    report([], 'minID is greater than maxID in trunk parameter');
  if ((minID === undefined) !== (maxID === undefined)) {
    const missing = minID === undefined ? 'minID' : 'maxID';
    report([], `minID and maxID should be configured simultaneously, ${missing} is missing`);
  }
  if (id === undefined && minID === undefined && maxID === undefined)
    report([], 'a trunk entry has "id", or "minID" and "maxID"');
}

/** VLANs that come and go with a tag: each entry one `id`, or all from `minID` to `maxID`, or both. */
export const vlanTrunk = list(
  checked(
    goObject({ id: optional(anyInteger), minID: optional(anyInteger), maxID: optional(anyInteger) }),
    checkEntry,
  ),
);

function rangesOf({ id, minID, maxID }: TrunkEntry): VlanSpec['trunk'] {
  const one = id === undefined ? [] : [{ first: id, last: id }];
  return minID === undefined || maxID === undefined ? one : [...one, { first: minID, last: maxID }];
}

/** The VLANs that the keys describe; undefined when they say nothing. */
export function vlanSpec(
  vlan: number,
  trunk: Output<typeof vlanTrunk>,
  keepsDefault: boolean,
): VlanSpec | undefined {
  if (vlan === 0 && trunk.length === 0) return undefined;
  return { native: vlan === 0 ? undefined : vlan, trunk: trunk.flatMap(rangesOf), keepsDefault };
}
