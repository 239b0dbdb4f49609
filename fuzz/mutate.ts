// Inputs out of inputs: bits, bytes, pieces and words changed, doubled, taken away and exchanged.
import type { Random } from './random.ts';

/** Longer than what any target reads in one go. */
export const MAX_INPUT = 64 * 1024;

/** Values at which lengths, counts and signs go wrong. */
const EDGES = [
  0, 1, 3, 4, 5, 8, 15, 16, 17, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0xffffffff,
];

type Mutation = (
  bytes: Uint8Array,
  random: Random,
  other: Uint8Array,
  words: readonly string[],
) => Uint8Array;

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  // Not by slice(): that of a Buffer shows the same bytes.
  const copy = new Uint8Array(bytes);
  if (copy.length > 0) change(copy);
  return copy;
}

/** `bytes` with what is between `from` and `to` replaced. */
function spliced(bytes: Uint8Array, from: number, to: number, piece: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, from), piece, bytes.subarray(to)]);
}

/** A piece of `bytes`, as two offsets. */
function piece(bytes: Uint8Array, random: Random): [number, number] {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + 1 + random.below(random.of([4, 16, 64])))];
}

const mutations: readonly Mutation[] = [
  (bytes, random) =>
    changed(bytes, (copy) => {
      const at = random.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    }),
  (bytes, random) => changed(bytes, (copy) => (copy[random.below(copy.length)] = random.below(256))),
  // A length that lies, mostly where lengths are.
  (bytes, random) =>
    changed(bytes, (copy) => {
      const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
      const size = random.of([1, 2, 4]);
      const at = Math.floor(random.below(copy.length) / size) * size;
      if (at + size > copy.length) return;
      const value = random.below(2) === 0 ? random.of(EDGES) : copy.length - random.below(8);
      if (size === 1) view.setUint8(at, value);
      else if (size === 2) view.setUint16(at, value, random.below(4) > 0);
      else view.setUint32(at, value, random.below(4) > 0);
    }),
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  (bytes, random) => spliced(bytes, ...piece(bytes, random), new Uint8Array()),
  (bytes, random) => {
    const [from, to] = piece(bytes, random);
    const at = random.below(bytes.length + 1);
    return spliced(bytes, at, at, bytes.subarray(from, to));
  },
  (bytes, random, other) => spliced(bytes, ...piece(bytes, random), other.subarray(...piece(other, random))),
  (bytes, random, other) => {
    const [from, to] = piece(other, random);
    const at = random.below(bytes.length + 1);
    return spliced(bytes, at, at, other.subarray(from, to));
  },
  (bytes, random, _, words) => {
    if (words.length === 0) return bytes;
    const [from, to] = random.below(2) === 0 ? piece(bytes, random) : [random.below(bytes.length + 1), -1];
    return spliced(bytes, from, Math.max(from, to), Buffer.from(random.of(words)));
  },
];

/** An input a few mutations away from `bytes`; pieces come from `other`, too. */
export function mutate(
  bytes: Uint8Array,
  other: Uint8Array,
  words: readonly string[],
  random: Random,
): Uint8Array {
  let input = bytes;
  for (let left = 1 + random.below(random.of([2, 4, 8])); left > 0; left--)
    input = random.of(mutations)(input, random, other, words);
  return input.length > MAX_INPUT ? input.subarray(0, MAX_INPUT) : input;
}

/** The shortest input that one can come to by leaving pieces out, for which `isStillSo`. */
export async function shorten(
  input: Uint8Array,
  isStillSo: (shorter: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let shortest = input;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.length;) {
      const shorter = spliced(shortest, at, Math.min(shortest.length, at + size), new Uint8Array());
      if (await isStillSo(shorter)) shortest = shorter;
      else at += size;
    }
  }
  return shortest;
}
