// Captured messages as .hex files: bytes in hexadecimal, and comments from # on.
//
// To take one: run the tool in a namespace of its own under strace, and copy what it sends.
//   unshare -n strace -f -e trace=sendmsg -e write=all ip link add br0 type bridge
import { readFileSync } from 'node:fs';
import { NLA, eachAttribute } from '../../netlink/attributes.ts';
import { bytesOf, slice } from '../../netlink/codec.ts';
import { decodeBody, splitMessages } from '../../netlink/message.ts';
import type { AnyRequest, Body, BodyFormat, Message } from '../../netlink/message.ts';

const FRAMES = [0x10, 0x11];

/** The object message of a capture: of a transaction, the one between NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END. */
export function readCapture(name: string): Message {
  const text = readFileSync(new URL(`./${name}.hex`, import.meta.url), 'utf8').replaceAll(/#.*/g, '');
  const messages = [...splitMessages(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))];
  const [first, second] = messages;
  const message = messages.length === 1 ? first : second;
  if (message === undefined || (messages.length > 1 && (messages.length !== 3 || !areFrames(messages)))) {
    throw new Error(`capture "${name}": expected one message, or one in a transaction`);
  }
  return message;
}

function areFrames(messages: readonly Message[]): boolean {
  return [messages[0], messages[2]].every((frame) => frame !== undefined && FRAMES.includes(frame.type));
}

/** The body of a capture in the format of a request of ours, and the bytes of its attributes. */
export function readBody(name: string, request: AnyRequest): Body<object, object> & { behind: DataView } {
  const { payload } = readCapture(name);
  const format = request.format as BodyFormat<object, object>;
  const { bytes } = format.header;
  return { ...decodeBody(format, payload, bytes), behind: slice(payload, bytes, payload.byteLength - bytes) };
}

/** One attribute, with the attributes inside it where it is marked as nested. */
export type Attribute = readonly [type: number, payload: string | readonly Attribute[]];

/** The attributes of a message as a tree, those of a nest ordered by type: tools and we write them in another order. */
export function attributeTree(view: DataView): Attribute[] {
  return [...eachAttribute(view)]
    .map(({ type, flags, payload }): Attribute => [
      type | flags,
      (flags & NLA.F_NESTED) !== 0 ? attributeTree(payload) : Buffer.from(bytesOf(payload)).toString('hex'),
    ])
    .sort(([one], [other]) => one - other);
}
