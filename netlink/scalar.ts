// The formats of single values: integers with their byte order in the name, strings, addresses.
import { Ip, Mac } from '../address/index.ts';
import { bytesOf, CodecError } from './codec.ts';
import type { Codec } from './codec.ts';

/** The byte order of the machine, which netlink headers and most attributes are in. */
export const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A codec of a fixed number of bytes. */
export interface FixedCodec<T> extends Codec<T> {
  readonly bytes: number;
}

function fixed<T>(
  name: string,
  bytes: number,
  get: (view: DataView) => T,
  set: (view: DataView, at: number, value: T) => void,
): FixedCodec<T> {
  return {
    name,
    bytes,
    write: (value, view, at) => {
      set(view, at, value);
      return at + bytes;
    },
    read: (view) => {
      if (view.byteLength !== bytes) {
        throw new CodecError(name, `expected ${bytes} bytes, got ${view.byteLength}`);
      }
      return get(view);
    },
  };
}

function integer(name: string, bits: 8 | 16 | 32, signed: boolean, little: boolean): FixedCodec<number> {
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const get = (view: DataView): number => {
    if (bits === 8) return view.getUint8(0);
    if (bits === 16) return view.getUint16(0, little);
    return signed ? view.getInt32(0, little) : view.getUint32(0, little);
  };
  const set = (view: DataView, at: number, value: number): void => {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new CodecError(name, `${value} is not in ${low}..${high}`);
    }
    if (bits === 8) view.setUint8(at, value);
    else if (bits === 16) view.setUint16(at, value, little);
    else view.setUint32(at, value, little);
  };
  return fixed(name, bits / 8, get, set);
}

export const u8 = integer('u8', 8, false, isLittleEndian);
export const u16 = integer('u16', 16, false, isLittleEndian);
export const u32 = integer('u32', 32, false, isLittleEndian);
export const s32 = integer('s32', 32, true, isLittleEndian);
export const s32be = integer('s32be', 32, true, false);
export const u16be = integer('u16be', 16, false, false);
export const u32be = integer('u32be', 32, false, false);

function integer64(name: string, little: boolean): FixedCodec<bigint> {
  const set = (view: DataView, at: number, value: bigint): void => {
    if (value !== BigInt.asUintN(64, value)) throw new CodecError(name, `${value} is not in 0..2^64-1`);
    view.setBigUint64(at, value, little);
  };
  return fixed(name, 8, (view) => view.getBigUint64(0, little), set);
}

export const u64 = integer64('u64', isLittleEndian);
export const u64be = integer64('u64be', false);

/** Bytes that the format reserves: written as zeros, read as nothing. */
export function pad(bytes: number): FixedCodec<undefined> {
  return fixed(
    'pad',
    bytes,
    () => undefined,
    () => undefined,
  );
}

// So few are written sooner than an array is made to write them with.
const FEW_BYTES = 16;

/** Bytes as they are. */
export const raw: Codec<Uint8Array> = {
  name: 'raw',
  write: (value, view, at) => {
    if (value.length > FEW_BYTES) bytesOf(view).set(value, at);
    else for (let index = 0; index < value.length; index++) view.setUint8(at + index, value[index] ?? 0);
    return at + value.length;
  },
  read: (view) => bytesOf(view).slice(),
};

const LAST_OF_ASCII = 0x7f;
const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/** A NUL-terminated string (NLA_NUL_STRING); on reading the NUL may be missing. Throws CodecError for a NUL inside. */
export const cstring: Codec<string> = {
  name: 'cstring',
  write: (value, view, at) => {
    if (value.includes('\0')) throw new CodecError('cstring', `${JSON.stringify(value)} has a NUL inside`);
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      // Names are of ASCII but for what people have written.
      if (code > LAST_OF_ASCII) return raw.write(utf8.encode(`${value}\0`), view, at);
      view.setUint8(at + index, code);
    }
    return at + value.length + 1;
  },
  read: (view) => {
    const bytes = bytesOf(view);
    const end = bytes.indexOf(0);
    return text.decode(end < 0 ? bytes : bytes.subarray(0, end));
  },
};

/** An IPv4 or IPv6 address in network order; its length tells which. Other families have other lengths. */
export const ip: Codec<Ip> = {
  name: 'ip',
  fits: (view) => view.byteLength === 4 || view.byteLength === 16,
  write: (value, view, at) => raw.write(value.toBytes(), view, at),
  read: (view) => {
    if (view.byteLength !== 4 && view.byteLength !== 16) {
      throw new CodecError('ip', `expected 4 or 16 bytes, got ${view.byteLength}`);
    }
    return Ip.fromBytes(bytesOf(view));
  },
};

/** A 48-bit link-layer address. Tunnels and InfiniBand have shorter and longer ones. */
export const mac: Codec<Mac> = {
  name: 'mac',
  fits: (view) => view.byteLength === 6,
  write: (value, view, at) => raw.write(value.toBytes(), view, at),
  read: (view) => {
    if (view.byteLength !== 6) throw new CodecError('mac', `expected 6 bytes, got ${view.byteLength}`);
    return Mac.fromBytes(bytesOf(view));
  },
};
