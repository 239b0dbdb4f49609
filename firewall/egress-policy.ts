// What an endpoint may call: the policy, and how the store keeps it.
import { Cidr } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { protocols } from '../state/port.ts';
import type { Protocol } from '../state/port.ts';

/** Policies that have a name: public addresses alone, private ones alone, nothing at all. */
export const egressKinds = ['internet', 'local', 'none'] as const;

/** Ports of one protocol, from the first to the last, both included. */
export interface PortRange {
  readonly protocol: Protocol;
  readonly first: number;
  readonly last: number;
}

/** A destination that may be called; without ports by every protocol. */
export interface EgressEntry {
  readonly cidr: Cidr;
  readonly ports?: readonly PortRange[] | undefined;
}

/** What an endpoint may call: what the name says, or what is in the list and nothing else. */
export type Egress = (typeof egressKinds)[number] | readonly EgressEntry[];

/** The text that the store keeps of a policy. */
export function keepEgress(policy: Egress): string {
  return JSON.stringify(policy);
}

/** Reads what `keepEgress` wrote. */
export function readEgress(json: string): Egress {
  return JSON.parse(json, (key, value: unknown) =>
    key === 'cidr' ? Cidr.parse(value as string) : value,
  ) as Egress;
}

/** Tells whether a text names a policy. */
export function isEgressKind(text: string): text is (typeof egressKinds)[number] {
  return (egressKinds as readonly string[]).includes(text);
}

const form = /^(?<first>\d{1,5})(?:-(?<last>\d{1,5}))?\/(?<protocol>\w+)$/;

/** Reads `443/tcp` or `8000-8099/tcp`. Throws TSNET_CONFIG that says what is wrong with the text, without the text itself. */
export function readPortRange(text: string): PortRange {
  const parts = form.exec(text)?.groups;
  if (parts === undefined) throw wrong('must be a port and a protocol, such as 443/tcp or 8000-8099/tcp');
  const { protocol = '' } = parts;
  if (!Object.hasOwn(protocols, protocol))
    throw wrong(`protocol "${protocol}" is none of ${Object.keys(protocols).join(', ')}`);
  const first = Number(parts['first']);
  const last = Number(parts['last'] ?? first);
  const outside = [first, last].find((port) => port < 1 || port > 65535);
  if (outside !== undefined) throw wrong(`port ${outside} is not between 1 and 65535`);
  if (last < first) throw wrong(`the range ends before it begins`);
  return { protocol: protocol as Protocol, first, last };
}

function wrong(why: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', why);
}
