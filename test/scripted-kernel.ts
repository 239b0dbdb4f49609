// A kernel that answers by script: for tests of a netlink conversation without a socket.
import { attr, attrs } from '../netlink/attributes.ts';
import { align, encode } from '../netlink/codec.ts';
import type { Transport } from '../netlink/connection.ts';
import { NLMSGERR_ATTR } from '../netlink/kernel-error.ts';
import { concatenate, NLM_F, NLMSG, nlmsghdr, splitMessages } from '../netlink/message.ts';
import type { Message } from '../netlink/message.ts';
import { cstring, s32, u32 } from '../netlink/scalar.ts';

/** What the kernel makes of the messages of one datagram: the datagrams that it answers with, in their order. */
export type Reaction = (...messages: Message[]) => Uint8Array[];

/** A transport whose other end is a script; `received` is what came, datagram by datagram. */
export interface ScriptedKernel extends Transport {
  readonly received: Message[][];
  isClosed: boolean;
}

/** A kernel that meets the first datagram with the first reaction, and so on; it throws where the script has ended. */
export function scriptedKernel(...script: Reaction[]): ScriptedKernel {
  const answers: Uint8Array[] = [];
  const kernel: ScriptedKernel = {
    received: [],
    isClosed: false,
    send: (bytes) => {
      const messages = [...splitMessages(bytes.slice())];
      const reaction = script[kernel.received.length];
      kernel.received.push(messages);
      if (reaction === undefined) throw new Error('the script has no reaction to this datagram');
      answers.push(...reaction(...messages));
    },
    sendInBackground: (bytes) => kernel.send(bytes),
    sendByChild: (bytes) => kernel.send(bytes),
    waitReadable: () => answers.length > 0,
    receive: () => {
      const answer = answers.shift();
      if (answer === undefined) throw new Error('the script has no further answer');
      return answer;
    },
    close: () => {
      kernel.isClosed = true;
    },
  };
  return kernel;
}

/** One message: its head, to `to`'s sequence, and its payload. */
export function answer(to: { sequence: number }, type: number, payload: Uint8Array, flags = 0): Uint8Array {
  const bytes = new Uint8Array(align(nlmsghdr.bytes + payload.length));
  const length = nlmsghdr.bytes + payload.length;
  nlmsghdr.write({ length, type, flags, sequence: to.sequence, port: 0 }, new DataView(bytes.buffer), 0);
  bytes.set(payload, nlmsghdr.bytes);
  return bytes;
}

/** What an acknowledgement says beside the errno. */
export interface Words {
  readonly message?: string;
  readonly offset?: number;
  /** Whether the kernel leaves out the request's body, as NETLINK_CAP_ACK asks. */
  readonly isCapped?: boolean;
  /** Bytes in place of well-formed attributes. */
  readonly attributes?: Uint8Array;
}

const words = attrs('words', {
  message: attr(NLMSGERR_ATTR.MSG, cstring),
  offset: attr(NLMSGERR_ATTR.OFFS, u32),
});

function extendedAck({ message, offset, attributes }: Words): Uint8Array {
  return attributes ?? encode(words, { message, offset });
}

/** NLMSG_ERROR (linux/netlink.h): struct nlmsgerr, the request as it came or its header alone, and attributes. */
export function acknowledge(request: Message, errno = 0, said: Words = {}): Uint8Array {
  const { isCapped = errno === 0 } = said;
  const echoed = answer(request, request.type, payloadOf(request), request.flags);
  const attributes = extendedAck(said);
  const flags = (isCapped ? NLM_F.CAPPED : 0) | (attributes.length > 0 ? NLM_F.ACK_TLVS : 0);
  const payload = [encode(s32, -errno), isCapped ? echoed.subarray(0, nlmsghdr.bytes) : echoed, attributes];
  return answer(request, NLMSG.ERROR, concatenate(payload), flags);
}

/** NLMSG_DONE: the end of a dump, with an errno when it failed and the attributes right behind it. */
export function done(request: Message, errno = 0, said: Words = {}, flags = 0): Uint8Array {
  const attributes = extendedAck(said);
  const all = flags | NLM_F.MULTI | (attributes.length > 0 ? NLM_F.ACK_TLVS : 0);
  return answer(request, NLMSG.DONE, concatenate([encode(s32, -errno), attributes]), all);
}

/** The bytes behind a message's header. */
export function payloadOf({ payload }: Message): Uint8Array {
  return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
}
