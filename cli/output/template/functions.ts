// The functions of templates: those of Go's text/template and of Docker that are of use here.
import { templateError } from './lexer.ts';
import { at, isTrue, print, sizeOf } from './values.ts';

type Values = readonly unknown[];
type TemplateFunction = (...values: Values) => unknown;

function number(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw templateError(`${name}: ${print(value)} is no number`);
}

function list(name: string, value: unknown): Values {
  if (Array.isArray(value)) return value as Values;
  throw templateError(`${name}: ${print(value)} is no list`);
}

function compare(one: unknown, other: unknown): number {
  if (typeof one !== typeof other || !['string', 'number'].includes(typeof one))
    throw templateError(`${print(one)} and ${print(other)} cannot be compared`);
  const [a, b] = [one, other] as [string, string];
  return a < b ? -1 : a > b ? 1 : 0;
}

function isEqual(one: unknown, ...others: Values): boolean {
  return others.some((other) => one === other);
}

function length(value: unknown): number {
  const size = sizeOf(value);
  if (size === undefined) throw templateError(`len: ${print(value)} has no length`);
  return size;
}

function format(pattern: unknown, ...values: Values): string {
  const rest = [...values];
  const text = print(pattern).replace(
    /%(-?)(\d*)([a-z%])/g,
    (whole, left: string, width: string, verb: string) => {
      if (verb === '%') return '%';
      if (!'sdvq'.includes(verb))
        throw templateError(`printf: ${whole} is not known (there are %s %d %v %q)`);
      if (rest.length === 0) throw templateError(`printf: nothing is left for ${whole}`);
      const value = rest.shift();
      const word = verb === 'q' ? JSON.stringify(print(value)) : print(value);
      return left === '' ? word.padStart(Number(width)) : word.padEnd(Number(width));
    },
  );
  return text;
}

function pad(text: unknown, before: unknown, after: unknown): string {
  return `${' '.repeat(number('pad', before))}${print(text)}${' '.repeat(number('pad', after))}`;
}

/** JSON in one line. */
export function compactJson(value: unknown): string {
  return JSON.stringify(value ?? null);
}

const table = {
  json: compactJson,
  len: length,
  index: (value, ...keys) => keys.reduce(at, value),
  print: (...values) => values.map(print).join(' '),
  println: (...values) => `${values.map(print).join(' ')}\n`,
  printf: format,
  join: (value, separator) => list('join', value).map(print).join(print(separator)),
  split: (value, separator) => print(value).split(print(separator)),
  lower: (value) => print(value).toLowerCase(),
  upper: (value) => print(value).toUpperCase(),
  title: (value) => print(value).replace(/\b\p{L}/gu, (letter) => letter.toUpperCase()),
  truncate: (value, most) => print(value).slice(0, number('truncate', most)),
  pad,
  eq: isEqual,
  ne: (one, other) => one !== other,
  lt: (one, other) => compare(one, other) < 0,
  le: (one, other) => compare(one, other) <= 0,
  gt: (one, other) => compare(one, other) > 0,
  ge: (one, other) => compare(one, other) >= 0,
  not: (value) => !isTrue(value),
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
} satisfies Record<string, TemplateFunction>;

/** All of them, by name. */
export const functions: Readonly<Record<string, TemplateFunction>> = table;

/** How many arguments each takes: the least, and the most. */
const counts: Readonly<Partial<Record<keyof typeof table, readonly [number, number]>>> = {
  ...{ json: [1, 1], len: [1, 1], join: [2, 2], split: [2, 2], lower: [1, 1], upper: [1, 1], title: [1, 1] },
  ...{ truncate: [2, 2], pad: [3, 3], eq: [2, Infinity], ne: [2, 2], lt: [2, 2], le: [2, 2], gt: [2, 2] },
  ...{
    ge: [2, 2],
    not: [1, 1],
    and: [1, Infinity],
    or: [1, Infinity],
    index: [1, Infinity],
    printf: [1, Infinity],
  },
};

/** Calls one by name. Throws TSNET_CONFIG. */
export function callFunction(name: string, values: Values): unknown {
  const [least, most] = counts[name as keyof typeof table] ?? [0, Infinity];
  if (values.length < least || values.length > most) {
    const wanted = least === most ? String(least) : `at least ${least}`;
    throw templateError(`${name}: takes ${wanted} arguments, got ${values.length}`);
  }
  return functions[name]?.(...values);
}
