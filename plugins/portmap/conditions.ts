// The keys conditionsV4 and conditionsV6: arguments of an iptables rule, or an nftables expression in newer versions of the
// reference. What a port can be published for here is a source, a destination and an incoming interface.
import { Cidr, Ip } from '../../address/index.ts';
import type { Family } from '../../address/index.ts';
import { CniError, cniCodes } from '../../cni/index.ts';
import type { Condition, Match } from '../../cnm/request.ts';

type Field = keyof Condition;

const options: Readonly<Record<string, Field>> = {
  '-s': 'source',
  '--source': 'source',
  '--src': 'source',
  '-d': 'destination',
  '--destination': 'destination',
  '--dst': 'destination',
  '-i': 'iifname',
  '--in-interface': 'iifname',
};

const selectors: Readonly<Record<string, Field>> = {
  'ip saddr': 'source',
  'ip daddr': 'destination',
  'ip6 saddr': 'source',
  'ip6 daddr': 'destination',
  'meta iifname': 'iifname',
  iifname: 'iifname',
};

const BITS = { 4: 32, 6: 128 } as const;

/** One part of a condition as it is written. */
interface Written {
  readonly field: Field | undefined;
  readonly isNegated: boolean;
  readonly value: string | undefined;
  /** How many words it takes. */
  readonly length: number;
}

// `[!] -s value`
function readOption(words: readonly string[]): Written {
  const isNegated = words[0] === '!';
  const [name = '', value] = isNegated ? words.slice(1) : words;
  return { field: options[name], isNegated, value, length: isNegated ? 3 : 2 };
}

// `ip saddr [==|!=] value`
function readSelector(words: readonly string[]): Written {
  const length = words[0] === 'iifname' ? 1 : 2;
  const field = selectors[words.slice(0, length).join(' ')];
  const operator = words[length];
  const hasOperator = operator === '==' || operator === '!=';
  const at = hasOperator ? length + 1 : length;
  return { field, isNegated: operator === '!=', value: words[at]?.replace(/^"(.*)"$/, '$1'), length: at + 1 };
}

// Host bits are cut off, as iptables does.
function addressIn(text: string, family: Family): Cidr | undefined {
  const [address = '', prefix = String(BITS[family]), ...more] = text.split('/');
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Infinity;
  try {
    const ip = Ip.parse(address);
    return more.length === 0 && ip.family === family && bits <= BITS[family] ? Cidr.of(ip, bits) : undefined;
  } catch {
    return undefined;
  }
}

// A trailing `*` is nft's for iptables' `+`.
function nameIn(text: string): string | undefined {
  const name = text.replace(/\*$/, '+');
  return /^[^\s/:*+][^\s/:*]{0,14}$/.test(name) ? name : undefined;
}

/**
 * The condition that a key describes; undefined when it describes none. Throws CniError 2, naming key and value, for what
 * tsnet does not act on: saying nothing would publish wider than stated.
 */
export function readCondition(key: string, family: Family, values: readonly string[]): Condition | undefined {
  const refuse = (): never => {
    const known =
      'a source, a destination and an incoming interface, each once: -s, -d, -i with ! before them';
    const message = `${key} ${JSON.stringify(values)}: not supported by tsnet portmap, it knows ${known}`;
    throw new CniError(cniCodes.unsupportedField, message);
  };
  const isOption = /^[-!]/.test(values[0] ?? '');
  let words = isOption ? [...values] : values.join(' ').split(/\s+/).filter(Boolean);
  const condition: { -readonly [F in Field]?: Match<Cidr> | Match<string> } = {};
  while (words.length > 0) {
    const { field, isNegated, value, length } = isOption ? readOption(words) : readSelector(words);
    if (field === undefined || value === undefined || condition[field] !== undefined) return refuse();
    const read = field === 'iifname' ? nameIn(value) : addressIn(value, family);
    if (read === undefined) return refuse();
    condition[field] = { value: read, isNegated } as Match<Cidr> | Match<string>;
    words = words.slice(length);
  }
  return Object.keys(condition).length === 0 ? undefined : (condition as Condition);
}
