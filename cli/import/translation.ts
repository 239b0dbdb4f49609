// What becomes of somebody else's definition of a network: a network of ours, and what is told of it.
import { Cidr, Ip } from '../../address/index.ts';
import { assertKnown } from '../../cnm/network-options.ts';
import type { NetworkSpec } from '../../cnm/network.ts';
import { isTsnetError, TsnetError } from '../../errors/tsnet-error.ts';

/** A network of ours that is as the definition says, but for the remarks: one line each. */
export interface Translation {
  readonly spec: NetworkSpec;
  readonly remarks: readonly string[];
}

/** Reads definitions of one kind. */
export interface Dialect {
  /** Where its files are when none is named, and how their names end; undefined: files must be named. */
  readonly folder: string | undefined;
  readonly endings: readonly string[];
  /** The definitions in the JSON of a file. */
  readonly split: (json: unknown) => readonly unknown[];
  /**
   * Translates one. Undefined: it is there in every installation, so there is nothing to take over. Throws TSNET_CONFIG or
   * TSNET_ADDRESS for what no network of ours can be, WrongValue for what is no definition.
   */
  readonly translate: (definition: unknown) => Translation | undefined;
}

/** The error that says why a network cannot be taken over. */
export function untakeable(why: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', why);
}

/** Those of the options that tsnet knows; for each of the others there is a remark. */
export function knownOptions(
  given: Readonly<Record<string, string>>,
  remarks: string[],
): Record<string, string> {
  const isTaken = (name: string): boolean => {
    try {
      assertKnown(name);
      return true;
    } catch (error) {
      if (!isTsnetError(error)) throw error;
      // The list of all that are known is of no use here.
      remarks.push(`taken without ${error.message.replace(/; known are .*/, '')}`);
      return false;
    }
  };
  return Object.fromEntries(Object.entries(given).filter(([name]) => isTaken(name)));
}

/** Remarks on keys that have a value and say nothing to tsnet. */
export function remarkUnknown(value: object, known: ReadonlySet<string>, remarks: string[]): void {
  for (const [key, item] of Object.entries(value) as [string, unknown][])
    if (!known.has(key) && !isEmpty(item)) remarks.push(`taken without key ${key}: not known here`);
}

function isEmpty(item: unknown): boolean {
  if (item === null || item === undefined || item === '' || item === false || item === 0) return true;
  return typeof item === 'object' && Object.keys(item).length === 0;
}

/** Reads a subnet; others take one with host bits, too. Throws TSNET_ADDRESS. */
export function readSubnet(text: string): Cidr {
  const [address = '', prefix = ''] = text.split('/');
  return /^\d{1,3}$/.test(prefix) ? Cidr.of(Ip.parse(address), Number(prefix)) : Cidr.parse(text);
}

/** Reads an address, behind which some have written the length of its subnet's prefix. Throws TSNET_ADDRESS. */
export function readHost(text: string | undefined): Ip | undefined {
  return text === undefined ? undefined : Ip.parse(text.split('/')[0] ?? '');
}

/** Throws TSNET_CONFIG where there is no IPv4 subnet: every network of ours has one. */
export function assertIpv4(subnets: readonly { readonly cidr: Cidr }[]): void {
  if (!subnets.some(({ cidr }) => cidr.family === 4))
    throw untakeable('has no IPv4 subnet, which every network of tsnet has');
}
