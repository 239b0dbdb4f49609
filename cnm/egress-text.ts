// A policy for what may be called, as a person types it and options carry it.
import { Cidr } from '../address/index.ts';
import { isTsnetError, TsnetError } from '../errors/tsnet-error.ts';
import { egressKinds, isEgressKind, readPortRange } from '../firewall/egress-policy.ts';
import type { Egress, EgressEntry, PortRange } from '../firewall/egress-policy.ts';

// The prefix length ends the block, so the colons of an IPv6 address are not in the way.
const form = /^(?<cidr>[^/]+\/\d+)(?::(?<ports>.+))?$/;

/**
 * Reads `internet`, `local`, `none`, or a list such as `10.0.0.0/8:443/tcp,fd00::/8`. Throws TSNET_CONFIG that names
 * `option` and the part that is wrong.
 */
export function parseEgress(option: string, text: string): Egress {
  const parts = text.split(',');
  const [only = ''] = parts;
  if (parts.length === 1 && isEgressKind(only)) return only;
  const kind = parts.find(isEgressKind);
  if (kind !== undefined) {
    const other = parts.find((part) => part !== kind) ?? kind;
    throw wrong(option, other, `cannot stand beside "${kind}", which says all`);
  }
  return gathered(parts.map((part) => parsePart(option, part)));
}

function parsePart(option: string, part: string): EgressEntry {
  const { cidr = '', ports } = form.exec(part)?.groups ?? {};
  if (cidr === '') {
    const right = [...egressKinds, 'a destination such as 10.0.0.0/8 or 10.0.0.0/8:443/tcp'].join(', ');
    throw wrong(option, part, `must be one of ${right}`);
  }
  try {
    return { cidr: Cidr.parse(cidr), ports: ports === undefined ? undefined : [readPortRange(ports)] };
  } catch (error) {
    if (!isTsnetError(error)) throw error;
    throw wrong(option, part, error.message);
  }
}

/** Each destination once, with all its ports. */
function gathered(entries: readonly EgressEntry[]): EgressEntry[] {
  const byCidr = new Map<string, EgressEntry>();
  for (const { cidr, ports } of entries) {
    const before = byCidr.get(cidr.toString());
    byCidr.set(cidr.toString(), { cidr, ports: before === undefined ? ports : both(before.ports, ports) });
  }
  return [...byCidr.values()];
}

function both(
  one: readonly PortRange[] | undefined,
  other: readonly PortRange[] | undefined,
): readonly PortRange[] | undefined {
  return one === undefined || other === undefined ? undefined : [...one, ...other];
}

function wrong(option: string, part: string, why: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `${option} "${part}": ${why}`);
}
