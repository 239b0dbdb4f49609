// Protocol buffers as far as CRI's messages need them: messages are declared as data. proto3: what has its default
// value is not sent, what is not declared is skipped (protobuf.dev/programming-guides/encoding).

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** A type of values: what can be written, and what is read. */
export interface Kind<In, Out = In> {
  readonly wireType: typeof VARINT | typeof LENGTH_DELIMITED;
  /** What is read where nothing was sent. */
  readonly absent: Out;
  /** Gives the bytes behind tag and length; none for what need not be sent. */
  encode(value: In): Buffer;
  decode(bytes: Buffer): Out;
}

/** A field of a message: its number, and how often it may come. */
export interface Field<In, Out> {
  readonly number: number;
  readonly absent: Out;
  /** Gives the field with its tag. */
  write(value: In): Buffer;
  /** Adds one occurrence to what was read before. */
  read(former: Out, bytes: Buffer): Out;
}

// `any`: a table takes fields of every type, and each keeps its own.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Fields = Readonly<Record<string, Field<any, any>>>;
type In<F extends Fields> = { readonly [K in keyof F]?: F[K] extends Field<infer T, unknown> ? T : never };
type Out<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<never, infer T> ? T : never };

/** What is read of a message. */
export type Read<K> = K extends Kind<never, infer T> ? T : never;

/** `string`. */
export const text: Kind<string> = {
  wireType: LENGTH_DELIMITED,
  absent: '',
  encode: (value) => Buffer.from(value),
  decode: (bytes) => bytes.toString(),
};

/** `uint32`, `int32` that is not negative, and `enum`. */
export const number: Kind<number> = {
  wireType: VARINT,
  absent: 0,
  encode: (value) => (value === 0 ? Buffer.alloc(0) : varint(value)),
  decode: (bytes) => valueOf(bytes),
};

/** `bool`. */
export const flag: Kind<boolean> = {
  wireType: VARINT,
  absent: false,
  encode: (value) => number.encode(Number(value)),
  decode: (bytes) => valueOf(bytes) !== 0,
};

/** A field that comes once. */
export function one<In, Out>(fieldNumber: number, kind: Kind<In, Out>): Field<In, Out> {
  return {
    number: fieldNumber,
    absent: kind.absent,
    write: (value) => {
      const bytes = kind.encode(value);
      return bytes.length === 0 ? bytes : tagged(fieldNumber, kind.wireType, bytes);
    },
    read: (_, bytes) => kind.decode(bytes),
  };
}

/** A `repeated` field of strings or messages. A `map` is one of messages with key = 1 and value = 2. */
export function many<In, Out>(
  fieldNumber: number,
  kind: Kind<In, Out>,
): Field<readonly In[], readonly Out[]> {
  return {
    number: fieldNumber,
    absent: [],
    write: (values) =>
      Buffer.concat(values.map((value) => tagged(fieldNumber, kind.wireType, kind.encode(value)))),
    read: (former, bytes) => [...former, kind.decode(bytes)],
  };
}

/** A message with these fields. */
export function message<F extends Fields>(fields: F): Kind<In<F>, Out<F>> {
  const named = Object.entries(fields) as [string, Field<unknown, unknown>][];
  const absent = Object.fromEntries(named.map(([name, field]) => [name, field.absent]));
  return {
    wireType: LENGTH_DELIMITED,
    absent: absent as Out<F>,
    encode: (value) => {
      const values = value as Record<string, unknown>;
      const present = named.filter(([name]) => values[name] !== undefined);
      return Buffer.concat(present.map(([name, field]) => field.write(values[name])));
    },
    decode: (bytes) => {
      const values: Record<string, unknown> = { ...absent };
      for (const [fieldNumber, content] of occurrences(bytes)) {
        const [name, field] = named.find(([, each]) => each.number === fieldNumber) ?? [];
        if (name !== undefined && field !== undefined) values[name] = field.read(values[name], content);
      }
      return values as Out<F>;
    },
  };
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function valueOf(bytes: Buffer): number {
  return bytes.reduceRight((sum, byte) => sum * 0x80 + (byte & 0x7f), 0);
}

function tagged(fieldNumber: number, wireType: number, bytes: Buffer): Buffer {
  const tag = varint(fieldNumber * 8 + wireType);
  return wireType === LENGTH_DELIMITED
    ? Buffer.concat([tag, varint(bytes.length), bytes])
    : Buffer.concat([tag, bytes]);
}

function* occurrences(bytes: Buffer): Generator<[number, Buffer]> {
  let position = 0;
  const take = (length: number): Buffer => {
    if (position + length > bytes.length) throw new Error('protobuf: the message is cut off');
    position += length;
    return bytes.subarray(position - length, position);
  };
  const takeVarint = (): Buffer => {
    const length = bytes.subarray(position).findIndex((byte) => byte < 0x80) + 1;
    if (length === 0) throw new Error('protobuf: the message is cut off');
    return take(length);
  };
  const contents: Record<number, () => Buffer> = {
    [VARINT]: takeVarint,
    [FIXED64]: () => take(8),
    [LENGTH_DELIMITED]: () => take(valueOf(takeVarint())),
    [FIXED32]: () => take(4),
  };
  while (position < bytes.length) {
    const tag = valueOf(takeVarint());
    const content = contents[tag % 8];
    if (content === undefined) throw new Error(`protobuf: wire type ${tag % 8} is not known`);
    yield [Math.floor(tag / 8), content()];
  }
}
