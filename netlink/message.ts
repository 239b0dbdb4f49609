// Netlink messages (struct nlmsghdr, linux/netlink.h): a header, a family header, attributes.
import { align, slice, written } from './codec.ts';
import type { Codec } from './codec.ts';
import type { FixedCodec } from './scalar.ts';
import { struct } from './struct.ts';
import { u16, u32 } from './scalar.ts';

/** struct nlmsghdr. */
export const nlmsghdr = struct('nlmsghdr', { length: u32, type: u16, flags: u16, sequence: u32, port: u32 });

/** Message flags, NLM_F_*. */
export const NLM_F = {
  REQUEST: 0x01,
  MULTI: 0x02,
  ACK: 0x04,
  DUMP_INTR: 0x10,
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
  DUMP: 0x300,
  ECHO: 0x08,
  EXCL: 0x200,
  REPLACE: 0x100,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

/** Message types that every family shares, NLMSG_*. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const;

/** The format of a message's body: the family's fixed header and the attributes behind it. */
export interface BodyFormat<H, A> {
  readonly header: FixedCodec<H>;
  readonly attributes: Codec<A>;
}

/** A decoded body. */
export interface Body<H, A> {
  header: H;
  attributes: A;
}

/** One thing asked of the kernel. `operation` and `subject` are for people: `RTM_NEWLINK`, `link "eth0"`. */
export interface Request<H = never, A = never> {
  readonly operation: string;
  readonly subject?: string;
  readonly type: number;
  readonly flags: number;
  readonly format: BodyFormat<H, A>;
  readonly body: Body<H, A>;
}

/** A request whose types are of no concern to whoever passes it on. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyRequest = Request<any, any>;

/** Encodes a request as one message, padded to netlink's alignment. */
export function encodeMessage(request: AnyRequest, flags: number, sequence: number): Uint8Array {
  const { format, body } = request;
  return written((view) => {
    const behindHeader = align(format.header.write(body.header, view, nlmsghdr.bytes));
    const length = format.attributes.write(body.attributes, view, behindHeader);
    nlmsghdr.write({ length, type: request.type, flags: request.flags | flags, sequence, port: 0 }, view, 0);
    return align(length);
  });
}

/** Decodes what stands behind the message header. */
export function decodeBody<H, A>(
  format: BodyFormat<H, A>,
  payload: DataView,
  headerBytes: number,
): Body<H, A> {
  const from = align(headerBytes);
  return {
    header: format.header.read(slice(payload, 0, headerBytes)),
    attributes: format.attributes.read(slice(payload, from, payload.byteLength - from)),
  };
}

/** A received message. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The number of the socket that asked, also in what the kernel tells others of it; 0 where nobody did. */
  readonly port: number;
  readonly payload: DataView;
}

/** Splits a datagram into its messages; throws CodecError when one reaches past the end. */
export function* splitMessages(bytes: Uint8Array): Generator<Message> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + nlmsghdr.bytes <= view.byteLength;) {
    const { length, type, flags, sequence, port } = nlmsghdr.read(slice(view, at, nlmsghdr.bytes));
    const payload = slice(view, at + nlmsghdr.bytes, length - nlmsghdr.bytes);
    yield { type, flags, sequence, port, payload };
    at += align(Math.max(length, nlmsghdr.bytes));
  }
}

/** Puts encoded messages one behind the other, to go out in one system call. */
export function concatenate(messages: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(messages.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of messages) {
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}

/** The path of the field that the kernel points at by its offset in the message; empty when it names none. */
export function locateField(request: AnyRequest, message: Uint8Array, offset: number): string[] {
  const from = nlmsghdr.bytes + align(request.format.header.bytes);
  const whole = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const view = slice(whole, from, message.length - from);
  const path = request.format.attributes.locate?.(view, offset - from) ?? [];
  return path.length === 0 ? [] : [request.format.attributes.name, ...path];
}
