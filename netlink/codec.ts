// What a wire format is: a value that writes itself and reads itself. Everything else in this folder
// is built from these.
import { TsnetError } from '../errors/tsnet-error.ts';

/** A wire format of values of type T. `read` gets exactly the bytes of one value. */
export interface Codec<T> {
  readonly name: string;
  /** Writes the value at `at`, over zeros, and returns where it ends. */
  write(value: T, view: DataView, at: number): number;
  read(view: DataView): T;
  /** False for bytes of another kind than this one; an attribute set keeps them as unknown. Absent: never asked. */
  fits?(view: DataView): boolean;
  /** The path of the field at byte `offset` of an encoded value, for errors that the kernel gives as an offset. */
  locate?(view: DataView, offset: number): string[];
}

/** The type of the values that a codec reads and writes. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** Bytes that do not fit their declared format; `path` grows as the error passes outer codecs. */
export class CodecError extends TsnetError {
  constructor(path: string, problem: string) {
    super('TSNET_PROTOCOL', `${path}: ${problem}`);
    this.name = 'CodecError';
  }
}

/** The error to throw in place of one that came from `field`: told with the field in front. */
export function inField(field: string, error: unknown): unknown {
  return error instanceof CodecError || error instanceof RangeError
    ? new CodecError(field, error.message)
    : error;
}

/** Runs `read` so that a failure below is told with `field` in front. */
export function within<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw inField(field, error);
  }
}

/** A part of `view`, from `at`, `length` bytes long; throws CodecError when it reaches past the end. */
export function slice(view: DataView, at: number, length: number): DataView {
  if (length < 0 || at + length > view.byteLength) {
    throw new CodecError('bytes', `expected ${length} at ${at}, got ${view.byteLength - at}`);
  }
  return new DataView(view.buffer, view.byteOffset + at, length);
}

/** The bytes that a view shows, without copying. */
export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Rounds up to netlink's alignment of 4 bytes (NLMSG_ALIGN, NLA_ALIGN in linux/netlink.h). */
export function align(length: number): number {
  return (length + 3) & ~3;
}

// More than any message of ours takes; an attribute alone ends at 64 KiB.
const SCRATCH_BYTES = 256 * 1024;
let scratch: DataView | undefined;

/**
 * The bytes that `write` writes into a view of zeros, from its beginning to the end that it returns. Throws CodecError
 * when they are more than 256 KiB.
 */
export function written(write: (view: DataView) => number): Uint8Array {
  scratch ??= new DataView(new ArrayBuffer(SCRATCH_BYTES));
  const all = bytesOf(scratch);
  let end = SCRATCH_BYTES;
  try {
    end = write(scratch);
    return all.slice(0, end);
  } catch (error) {
    throw error instanceof RangeError ? new CodecError('message', `more than ${SCRATCH_BYTES} bytes`) : error;
  } finally {
    all.fill(0, 0, end);
  }
}

/** Encodes one value into bytes of its own. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  return written((view) => codec.write(value, view, 0));
}

/** Decodes one value from exactly these bytes. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  return codec.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
