// A rule in the words of nft, so that a person finds it in `nft list ruleset`.
import { decode } from '../../codec.ts';
import { cstring } from '../../scalar.ts';
import { NFT_CMP, NFT_LOOKUP_F, NFT_NAT, NFT_REG, NFT_VERDICT } from '../constants.ts';
import type { Expression, Rule } from '../rule.ts';
import { connectionField, destinationKind, hex, metaField, payloadField } from './field.ts';
import type { Field } from './field.ts';
import { comparisonText } from './comparison.ts';
import type { Loaded } from './comparison.ts';

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

interface Clause {
  readonly text: string;
  /** Nothing but what a later clause says again. */
  readonly isPrelude?: 'network' | 'transport' | undefined;
}

const VERDICTS = new Map<number, string>([
  [NFT_VERDICT.ACCEPT, 'accept'],
  [NFT_VERDICT.DROP, 'drop'],
  [NFT_VERDICT.STOLEN, 'stolen'],
  [NFT_VERDICT.QUEUE, 'queue'],
  [NFT_VERDICT.CONTINUE, 'continue'],
  [NFT_VERDICT.RETURN, 'return'],
  [NFT_VERDICT.JUMP, 'jump'],
  [NFT_VERDICT.GOTO, 'goto'],
]);

/** A verdict as nft writes it; `code` is one of NFT_VERDICT, whose upper bits may say more. */
export function verdictText(code: number, chain?: string): string {
  const text = VERDICTS.get(code < 0 ? code : code & 0xff) ?? `verdict ${code}`;
  return chain === undefined ? text : `${text} ${chain}`;
}

/** What an expression loads and does nothing else, with the register. */
function fieldOf(
  expression: Expression,
  protocol?: string,
): (Field & { readonly register: number | undefined }) | undefined {
  const { kind } = expression;
  if (kind === 'payload')
    return { ...payloadField(expression, protocol), register: expression.data?.register };
  if (kind === 'ct') return { ...connectionField(expression.data?.key), register: expression.data?.register };
  return kind === 'fib' ? { ...destinationKind, register: expression.data?.register } : undefined;
}

/** What stands for itself. A comment of iptables is told as one. */
function wordOf(expression: Expression): string {
  const { kind, data } = expression;
  if (kind === 'masq') return 'masquerade';
  if (kind === 'target') return `xt target "${data?.name ?? ''}"`;
  if (kind === 'match') return data?.name === 'comment' ? '' : `xt match "${data?.name ?? ''}"`;
  return kind.replace(/^other:/, '');
}

/** Goes through a rule and says each of its expressions. */
class Speaker {
  readonly #clauses: Clause[] = [];
  /** By register, in the order of loading. */
  readonly #loaded = new Map<number, Loaded>();
  #protocol: string | undefined;

  say(expression: Expression): void {
    const field = fieldOf(expression, this.#protocol);
    if (field !== undefined) this.#load(field.register, field);
    else if (expression.kind === 'meta') this.#meta(expression);
    else if (expression.kind === 'bitwise') this.#mask(expression);
    else if (expression.kind === 'cmp') this.#compare(expression);
    else if (expression.kind === 'lookup') this.#lookup(expression);
    else if (expression.kind === 'immediate') this.#immediate(expression);
    else if (expression.kind === 'nat') this.#nat(expression);
    else this.#add(wordOf(expression));
  }

  get text(): string {
    return this.#clauses
      .map(({ text }) => text)
      .filter((text) => text !== '')
      .join(' ');
  }

  #add(text: string, isPrelude?: Clause['isPrelude']): void {
    this.#clauses.push({ text, isPrelude });
  }

  // What the packet has to be for a field to be there goes without saying.
  #imply(field: Field): void {
    const at = this.#clauses.findIndex(
      ({ isPrelude }) => isPrelude !== undefined && isPrelude === field.implies,
    );
    if (at >= 0) this.#clauses.splice(at, 1);
  }

  #load(register: number | undefined, field: Field): void {
    if (register !== undefined) this.#loaded.set(register, { field });
  }

  // All that was loaded for one key.
  #take(register = 0): Loaded {
    const fields = [...this.#loaded.values()].map(({ field }) => field);
    const own = this.#loaded.get(register);
    this.#loaded.clear();
    for (const field of fields) this.#imply(field);
    if (fields.length < 2) return own ?? { field: { text: `reg ${register}`, show: hex } };
    return { field: { text: fields.map(({ text }) => text).join(' . '), show: hex } };
  }

  #meta({ data = {} }: Of<'meta'>): void {
    const field = metaField(data.key);
    if (data.source === undefined) this.#load(data.register, field);
    else this.#add(`${field.text} set ${this.#take(data.source).field.text}`);
  }

  #mask({ data = {} }: Of<'bitwise'>): void {
    const { source = 0, destination = 0, mask } = data;
    const loaded = this.#loaded.get(source);
    if (loaded !== undefined) this.#loaded.set(destination, { ...loaded, mask: mask?.value });
  }

  #compare({ data = {} }: Of<'cmp'>): void {
    const loaded = this.#take(data.register);
    const value = data.data?.value ?? new Uint8Array();
    const isEqual = data.operation === NFT_CMP.EQ;
    const { text } = loaded.field;
    const isProtocol = isEqual && (text === 'meta l4proto' || text === 'ip protocol');
    if (isProtocol) this.#protocol = loaded.field.show(value);
    const prelude = text === 'meta nfproto' || text === 'meta protocol' ? 'network' : undefined;
    const isPrelude = isProtocol && text === 'meta l4proto' ? 'transport' : prelude;
    this.#add(comparisonText(loaded, data.operation ?? -1, value), isEqual ? isPrelude : undefined);
  }

  #lookup({ data = {} }: Of<'lookup'>): void {
    const { set = '', source, destination, flags = 0 } = data;
    const { text } = this.#take(source).field;
    if (destination === NFT_REG.VERDICT) this.#add(`${text} vmap @${set}`);
    else if (destination !== undefined) this.#load(destination, { text: `${text} map @${set}`, show: hex });
    else this.#add(`${text} ${(flags & NFT_LOOKUP_F.INV) === 0 ? '' : '!= '}@${set}`);
  }

  #immediate({ data = {} }: Of<'immediate'>): void {
    const { verdict, value = new Uint8Array() } = data.data ?? {};
    if (verdict !== undefined) this.#add(verdictText(verdict.code ?? 0, verdict.chain));
    else if (data.register !== undefined)
      this.#loaded.set(data.register, { field: { text: hex(value), show: hex }, constant: value });
  }

  #nat({ data = {} }: Of<'nat'>): void {
    const way = data.type === NFT_NAT.DNAT ? 'dnat' : 'snat';
    const shown = [data.address, data.port].flatMap((register) => {
      const loaded = register === undefined ? undefined : this.#loaded.get(register);
      if (loaded === undefined) return [];
      const { constant, field } = loaded;
      if (constant === undefined) return [field.text];
      const isPort = constant.length === 2;
      return [payloadField(isPort ? portLoad : addressLoad).show(constant)];
    });
    this.#loaded.clear();
    this.#add(`${way} to ${shown.join(shown.every((one) => !one.includes(' ')) ? ':' : ' . ')}`);
  }
}

const portLoad: Of<'payload'> = { kind: 'payload', data: { base: 2, offset: 2, length: 2 } };
const addressLoad: Of<'payload'> = { kind: 'payload', data: { base: 1, offset: 16, length: 4 } };

/** The rule without its comment. What tsnet does not know is told by the name of its expression alone. */
export function ruleText({ expressions }: Pick<Rule, 'expressions'>): string {
  const speaker = new Speaker();
  for (const expression of expressions) speaker.say(expression);
  return speaker.text;
}

/** What a rule's author has noted with it, by nft or by iptables. */
export function ruleComment({
  comment,
  expressions,
}: Pick<Rule, 'comment' | 'expressions'>): string | undefined {
  if (comment !== undefined) return comment;
  const noted = expressions.find(
    (one): one is Of<'match'> => one.kind === 'match' && one.data?.name === 'comment',
  );
  return noted?.data?.info === undefined ? undefined : decode(cstring, noted.data.info);
}
