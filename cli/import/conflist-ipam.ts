// The `ipam` of a CNI configuration: `host-local` and tsnet's own, which has the same keys.
import { goObject, list, optional, required, text, withDefault } from '../../cni/index.ts';
import type { Output } from '../../cni/index.ts';
import type { SubnetSpec } from '../../cnm/network-subnets.ts';
import { blockOf } from './range.ts';
import { readHost, readSubnet, remarkUnknown, untakeable } from './translation.ts';

const rangeShape = {
  subnet: optional(text),
  gateway: optional(text),
  rangeStart: optional(text),
  rangeEnd: optional(text),
};
const range = goObject(rangeShape);

const shape = {
  type: required(text),
  ...rangeShape,
  ranges: withDefault([], list(list(range))),
  routes: withDefault([], list(goObject({ dst: required(text) }))),
};

/** Reads it. */
export const ipamReader = goObject(shape);

type Ipam = Output<typeof ipamReader>;

const known: ReadonlySet<string> = new Set([...Object.keys(shape), 'dataDir']);

function toSubnet(from: Output<typeof range>, remarks: string[]): SubnetSpec {
  if (from.subnet === undefined) throw untakeable('ipam: a range without subnet');
  const cidr = readSubnet(from.subnet);
  const [start, end] = [readHost(from.rangeStart), readHost(from.rangeEnd)];
  return { cidr, gateway: readHost(from.gateway), range: blockOf(cidr, start, end, remarks) };
}

/**
 * The subnets that addresses come from. Throws TSNET_CONFIG where another plugin gives them, and where a container gets
 * several of a family.
 */
export function conflistSubnets(ipam: Ipam | undefined, remarks: string[]): SubnetSpec[] {
  if (ipam === undefined) throw untakeable('has no ipam: members of a network of tsnet have addresses');
  if (!['host-local', 'tsnet'].includes(ipam.type))
    throw untakeable(`ipam plugin ${ipam.type}: tsnet gives addresses itself`);
  const sets = [...(ipam.subnet === undefined ? [] : [[ipam]]), ...ipam.ranges].map((set) =>
    set.map((one) => toSubnet(one, remarks)),
  );
  const families = sets.map(([first]) => first?.cidr.family);
  if (new Set(families).size < families.length)
    throw untakeable('ipam.ranges: several sets of a family, where tsnet gives one address of each');
  return sets.flat();
}

/** Remarks on what of it is not taken. */
export function remarkIpam(ipam: Ipam | undefined, remarks: string[]): void {
  if (ipam === undefined) return;
  for (const { dst } of ipam.routes.filter((route) => !/\/0$/.test(route.dst)))
    remarks.push(`taken without the route to ${dst}`);
  remarkUnknown(ipam, known, remarks);
}
