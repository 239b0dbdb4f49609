// Keys of sets and maps: one field, or several side by side (a concatenation), each padded to 4 bytes.
import { Ip, Mac } from '../../address/index.ts';
import { CodecError } from '../codec.ts';

/** What a field of a key is, with nft's number of the type (datatype.h of nftables) and its bytes. */
export const keyTypes = {
  ipv4_addr: { number: 7, bytes: 4 },
  ipv6_addr: { number: 8, bytes: 16 },
  ether_addr: { number: 9, bytes: 6 },
  inet_proto: { number: 12, bytes: 1 },
  inet_service: { number: 13, bytes: 2 },
  ifname: { number: 41, bytes: 16 },
} as const;

export type KeyType = keyof typeof keyTypes;

/** A field's value: an address of either layer, a protocol or port number, an interface name; or its bytes, as an end of a range may need. */
export type KeyField = Ip | Mac | number | string | Uint8Array;

const BITS_PER_TYPE = 6;

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** The type number of a key: nft puts the types of a concatenation side by side, 6 bits each. */
export function keyTypeNumber(types: readonly KeyType[]): number {
  return types.reduce((number, type) => (number << BITS_PER_TYPE) | keyTypes[type].number, 0);
}

/** The bytes of a key: of a single field its own length, of a concatenation the padded sum. */
export function keyLength(types: readonly KeyType[]): number {
  const [only] = types;
  if (types.length === 1 && only !== undefined) return keyTypes[only].bytes;
  return types.reduce((sum, type) => sum + padded(keyTypes[type].bytes), 0);
}

// A field of the wrong size would silently write over its neighbour or be cut.
function writeField(key: Uint8Array, at: number, type: KeyType, field: KeyField | undefined): boolean {
  const { bytes } = keyTypes[type];
  if (field instanceof Uint8Array) {
    if (field.length !== bytes) return false;
    key.set(field, at);
  } else if (type === 'ipv4_addr' || type === 'ipv6_addr') {
    if (!(field instanceof Ip) || (field.family === 4) !== (type === 'ipv4_addr')) return false;
    key.set(field.toBytes(), at);
  } else if (type === 'ether_addr') {
    if (!(field instanceof Mac)) return false;
    key.set(field.toBytes(), at);
  } else if (type === 'ifname') {
    if (typeof field !== 'string' || Buffer.byteLength(field) >= bytes) return false;
    key.set(Buffer.from(field), at);
  } else {
    if (typeof field !== 'number' || !Number.isInteger(field) || field < 0 || field >= 256 ** bytes)
      return false;
    if (bytes === 2) key[at++] = field >> 8;
    key[at] = field;
  }
  return true;
}

/**
 * Makes the encoder of the keys of a type; it throws CodecError for fields that are not those of the type.
 * A thousand ports are two thousand keys: what follows from the type alone is done once.
 */
export function keyEncoder(types: readonly KeyType[]): (fields: readonly KeyField[]) => Uint8Array {
  const length = keyLength(types);
  return (fields) => {
    if (types.length !== fields.length)
      throw new CodecError('key', `expected ${types.length} fields, got ${fields.length}`);
    const key = new Uint8Array(length);
    let at = 0;
    for (const [index, type] of types.entries()) {
      if (!writeField(key, at, type, fields[index]))
        throw new CodecError('key', `field ${index}, ${String(fields[index])}, is no ${type}`);
      at += padded(keyTypes[type].bytes);
    }
    return key;
  };
}

/** How many bytes each field of a key has, the padding left out. */
export function fieldLengths(types: readonly KeyType[]): number[] {
  return types.map((type) => keyTypes[type].bytes);
}

/** Encodes one key. Throws CodecError when the fields are not those of the type. */
export function keyBytes(types: readonly KeyType[], fields: readonly KeyField[]): Uint8Array {
  return keyEncoder(types)(fields);
}
