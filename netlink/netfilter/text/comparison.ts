// A comparison of a rule in the words of nft.
import { decode } from '../../codec.ts';
import { u32 } from '../../scalar.ts';
import { NFT_CMP } from '../constants.ts';
import { hex } from './field.ts';
import type { Field } from './field.ts';

/** A register: what was loaded into it, and what came of that since. */
export interface Loaded {
  readonly field: Field;
  readonly mask?: Uint8Array | undefined;
  /** The bytes, where they are written in the rule. */
  readonly constant?: Uint8Array | undefined;
}

const OPERATORS = new Map<number, string>([
  [NFT_CMP.EQ, ''],
  [NFT_CMP.NEQ, '!= '],
  [NFT_CMP.LT, '< '],
  [NFT_CMP.LTE, '<= '],
  [NFT_CMP.GT, '> '],
  [NFT_CMP.GTE, '>= '],
]);

/** The length of a prefix whose mask this is, or undefined. */
function prefixLength(mask: Uint8Array): number | undefined {
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
}

function bitNames(bits: Readonly<Record<string, number>>, mask: Uint8Array): string {
  const value = mask.length === 4 ? decode(u32, mask) : 0;
  const names = Object.entries(bits).filter(([, bit]) => (value & bit) !== 0);
  return names.map(([name]) => name).join(',');
}

/** `ip daddr 10.0.0.0/8`, `ct state established,related`, `iifname != "eth0"` and the like. */
export function comparisonText({ field, mask }: Loaded, operation: number, value: Uint8Array): string {
  const { text, bits, show } = field;
  const operator = OPERATORS.get(operation) ?? '? ';
  if (mask === undefined) return `${text} ${operator}${show(value)}`;
  const isZero = value.every((byte) => byte === 0);
  if (bits !== undefined && isZero)
    return `${text} ${operation === NFT_CMP.NEQ ? '' : '! '}${bitNames(bits, mask)}`;
  const length = / [sd]addr$/.test(text) ? prefixLength(mask) : undefined;
  if (length !== undefined) return `${text} ${operator}${show(value)}/${length}`;
  return `${text} & ${hex(mask)} ${operation === NFT_CMP.EQ ? '== ' : operator}${hex(value)}`;
}
