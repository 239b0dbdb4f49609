// A netlink socket and the conversation over it: requests and acknowledgements, dumps, batches.
import { TsnetError } from '../errors/tsnet-error.ts';
import { log } from '../log/log.ts';
import {
  closeFile,
  isLinkThere,
  linkIndex,
  openNetlink,
  receive,
  send,
  sendByChild,
  sendInBackground,
  setOptions,
  setReceiveTimeout,
  SYS,
  SystemError,
  waitReadable,
} from '../native/index.ts';
import { KernelError, readAcknowledgement } from './kernel-error.ts';
import { concatenate, decodeBody, encodeMessage, NLM_F, NLMSG, splitMessages } from './message.ts';
import type { AnyRequest, Body, BodyFormat, Message, Request } from './message.ts';

/** Netlink protocols (linux/netlink.h). */
export const NETLINK = { ROUTE: 0, SOCK_DIAG: 4, NETFILTER: 12 } as const;

/** Socket options at SOL_NETLINK (linux/netlink.h). */
export const NETLINK_OPTION = { ADD_MEMBERSHIP: 1, CAP_ACK: 10, EXT_ACK: 11, GET_STRICT_CHK: 12 } as const;

/** What carries the bytes: a socket, or in tests a scripted kernel. */
export interface Transport {
  send(bytes: Uint8Array): void;
  /** Sends without waiting for the kernel to work on it. */
  sendInBackground(bytes: Uint8Array): void;
  /** The same, also when this process ends meanwhile; until then `beside`, a descriptor, stays open. */
  sendByChild(bytes: Uint8Array, beside?: number): void;
  readonly descriptor?: number;
  /** Waits for a datagram and tells whether one came in time. */
  waitReadable(microseconds: number): boolean;
  /** The next datagram; throws when none comes in time. */
  receive(): Uint8Array;
  close(): void;
}

const ANSWER_TIMEOUT_MS = 10_000;
const BUFFER_BYTES = 4 << 20;
const DUMP_TRIES = 5;

// One for all: what is received is copied out of it before anything else is.
let buffer: Uint8Array | undefined;

/**
 * Opens a socket of `protocol` inside `namespace` (a descriptor, or HERE) and keeps it there for life. On the way it writes
 * those files there, as `writeInside` does: entering takes as long as all the rest.
 */
export function openConnection(
  namespace: number,
  protocol: number,
  files: readonly (readonly [path: string, value: string])[] = [],
): Connection {
  const fd = openNetlink(namespace, protocol, files);
  setOptions(fd, [
    [SYS.SOL_NETLINK, NETLINK_OPTION.EXT_ACK, 1],
    [SYS.SOL_NETLINK, NETLINK_OPTION.CAP_ACK, 1],
    [SYS.SOL_NETLINK, NETLINK_OPTION.GET_STRICT_CHK, 1],
    // Without CAP_NET_ADMIN in the first user namespace the default sizes stay; they hold several hundred ports.
    [SYS.SOL_SOCKET, SYS.SO_SNDBUFFORCE, BUFFER_BYTES],
    [SYS.SOL_SOCKET, SYS.SO_RCVBUFFORCE, BUFFER_BYTES],
  ]);
  setReceiveTimeout(fd, ANSWER_TIMEOUT_MS);
  return new Connection({
    send: (bytes) => {
      send(fd, bytes);
    },
    sendInBackground: (bytes) => {
      sendInBackground(fd, bytes);
    },
    sendByChild: (bytes, beside) => {
      try {
        sendByChild(fd, bytes, beside);
      } catch (error) {
        // Where there may be no more processes (pids.max of a cgroup), we wait ourselves.
        if (!(error instanceof SystemError)) throw error;
        send(fd, bytes);
      }
    },
    descriptor: fd,
    waitReadable: (microseconds) => waitReadable(fd, microseconds),
    receive: () => {
      buffer ??= new Uint8Array(1 << 18);
      const length = receive(fd, buffer);
      if (length > buffer.length)
        throw new TsnetError('TSNET_PROTOCOL', `a datagram of ${length} bytes was cut`);
      return buffer.slice(0, length);
    },
    close: () => {
      closeFile(fd);
    },
  });
}

/** A request that the kernel is working on. Until it has answered, its connection is good for nothing else. */
export interface Pending {
  /** Waits for the answer and tells whether it came in time. */
  isAnsweredWithin(microseconds: number): boolean;
  /** Waits for the acknowledgement. Throws KernelError. */
  finish(): void;
}

/** Something that the kernel is making. Until it is finished, its connection is good for nothing else. */
export interface Creation {
  /**
   * Waits until all has been worked on; where the kernel shows what it has made, `whenMade` is called with that: it may still be at
   * work on the others, or find that it must take all back. Throws the KernelError of the first request that was refused.
   */
  finish(whenMade?: (shown: Message) => void): Message | undefined;
}

let sequence: number | undefined;

// Of all connections together, from a random number on: what came too late for one is no answer to another.
function nextSequence(): number {
  if (sequence === undefined) {
    const [start = 0] = crypto.getRandomValues(new Uint32Array(1));
    sequence = start >>> 2;
  }
  sequence = sequence === 0xffff_ffff ? 1 : sequence + 1;
  return sequence;
}

interface Sent {
  readonly request: AnyRequest;
  readonly encoded: Uint8Array;
  readonly sequence: number;
}

function joined(messages: readonly Sent[]): Uint8Array {
  return concatenate(messages.map(({ encoded }) => encoded));
}

/** One conversation with the kernel. Every call waits for its answer; nothing is left on the way. */
export class Connection {
  readonly #transport: Transport;
  #port: number | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The number of its socket, known from the first answer on: by it one's own doing is told from that of others. */
  get port(): number | undefined {
    return this.#port;
  }

  /**
   * Tells whether its namespace has a link of that index, without waiting for the kernel's lock on links as a request does: one
   * that is not there any more may still be worked on.
   */
  seesLink(index: number): boolean {
    return isLinkThere(this.#transport.descriptor ?? -1, index);
  }

  /** The index of the link of that name in its namespace, if there is one; it waits no more for that lock. Throws SystemError. */
  linkIndex(ifname: string): number | undefined {
    return linkIndex(this.#transport.descriptor ?? -1, ifname);
  }

  close(): void {
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Sends one request and waits for its acknowledgement. Throws KernelError. */
  request(request: AnyRequest): void {
    this.pipeline([request]);
  }

  /** Hands one request to the kernel and goes on; for those that it is slow to answer. */
  begin(request: AnyRequest): Pending {
    const sent = this.#encode(request, NLM_F.REQUEST | NLM_F.ACK);
    this.#transport.sendInBackground(sent.encoded);
    return this.#pending(sent);
  }

  /** The same in a process that may end before the answer is there; `beside` is not closed for good before that. */
  leave(request: AnyRequest, beside?: Connection): Pending {
    const sent = this.#encode(request, NLM_F.REQUEST | NLM_F.ACK);
    const { descriptor } = (beside ?? this).#transport;
    this.#transport.sendByChild(sent.encoded, descriptor);
    return this.#pending(sent);
  }

  #pending(sent: Sent): Pending {
    return {
      isAnsweredWithin: (microseconds) => this.#transport.waitReadable(microseconds),
      finish: () => this.#awaitLast([sent], []),
    };
  }

  /**
   * Sends requests in one system call; the kernel works on them in their order, whichever it refuses.
   * Throws the KernelError of the first one refused, after all have been worked on.
   */
  pipeline(requests: readonly AnyRequest[]): void {
    this.prepare(requests)();
  }

  /** Makes requests ready to be sent as by `pipeline`, which the returned function does. */
  prepare(requests: readonly AnyRequest[]): () => void {
    if (requests.length === 0) return () => undefined;
    const sent = this.#encodeAll(requests);
    const bytes = joined(sent);
    return () => {
      this.#transport.send(bytes);
      this.#awaitLast(sent, []);
    };
  }

  /**
   * Hands a request that makes something to the kernel, and while that is at it those that go on with what it has made. How the
   * kernel shows it, where it does so at once (NLM_F_ECHO; of links from 6.2 on), is what `finish` returns.
   */
  beginCreation(request: AnyRequest, others: () => readonly AnyRequest[]): Creation {
    const first = this.#encode(request, NLM_F.REQUEST | NLM_F.ECHO);
    this.#transport.sendInBackground(first.encoded);
    const next = this.#encodeAll(others());
    this.#transport.sendInBackground(joined(next));
    return {
      finish: (whenMade) => {
        let echo: Message | undefined;
        this.#awaitLast([first, ...next], [], (message) => {
          if (message.sequence !== first.sequence) return;
          echo = message;
          whenMade?.(message);
        });
        return echo;
      },
    };
  }

  /** Sends requests framed as one transaction: all of them apply or none does. Throws the first KernelError. */
  transaction(begin: AnyRequest, requests: readonly AnyRequest[], end: AnyRequest): void {
    if (requests.length === 0) return;
    const first = this.#encode(begin, NLM_F.REQUEST);
    const sent = this.#encodeAll(requests);
    const last = this.#encode(end, NLM_F.REQUEST);
    this.#transport.send(joined([first, ...sent, last]));
    this.#awaitLast(sent, [first, last]);
  }

  /** Asks for one object. Throws KernelError, with ENODEV, ENOENT or the like when there is none. */
  get<H, A>(request: Request<H, A>): Body<H, A> {
    // The object itself is the acknowledgement.
    const sent = this.#encode(request, NLM_F.REQUEST);
    this.#transport.send(sent.encoded);
    for (;;) {
      for (const message of this.#receive()) {
        if (message.sequence !== sent.sequence) continue;
        if (message.type !== NLMSG.ERROR) return this.#decode(request.format, message);
        this.#check(sent, message);
        throw new TsnetError('TSNET_PROTOCOL', `${request.operation}: no object in the answer`);
      }
    }
  }

  /** Asks for all objects, again where the kernel says that the list changed meanwhile (NLM_F_DUMP_INTR). */
  dump<H, A>(request: Request<H, A>): Body<H, A>[];
  /** The same, where the answers have another format than the question. */
  dump<H, A>(request: AnyRequest, answer: BodyFormat<H, A>): Body<H, A>[];
  dump(request: AnyRequest, answer: AnyRequest['format'] = request.format): Body<unknown, unknown>[] {
    for (let attempt = 0; attempt < DUMP_TRIES; attempt++) {
      const found = this.#dumpOnce<unknown, unknown>(request, answer);
      if (found !== undefined) return found;
    }
    throw new TsnetError('TSNET_PROTOCOL', `${request.operation}: the list kept changing while it was read`);
  }

  #dumpOnce<H, A>(request: AnyRequest, answer: BodyFormat<H, A>): Body<H, A>[] | undefined {
    const sent = this.#encode(request, NLM_F.REQUEST | NLM_F.DUMP);
    this.#transport.send(sent.encoded);
    const found: Body<H, A>[] = [];
    let interrupted = false;
    for (;;) {
      for (const message of this.#receive()) {
        if (message.sequence !== sent.sequence) continue;
        if ((message.flags & NLM_F.DUMP_INTR) !== 0) interrupted = true;
        if (message.type === NLMSG.ERROR) this.#check(sent, message);
        else if (message.type !== NLMSG.DONE) found.push(this.#decode(answer, message));
        else {
          this.#check(sent, message);
          return interrupted ? undefined : found;
        }
      }
    }
  }

  #encode(request: AnyRequest, flags: number): Sent {
    const sequence = nextSequence();
    log('trace', request.operation, () => ({ subject: request.subject, sequence, ...request.body }));
    return { request, sequence, encoded: encodeMessage(request, flags, sequence) };
  }

  // Refusals are told without being asked for; that the last one is acknowledged says that all have been worked on.
  #encodeAll(requests: readonly AnyRequest[]): Sent[] {
    const last = requests.length - 1;
    return requests.map((request, at) =>
      this.#encode(request, at === last ? NLM_F.REQUEST | NLM_F.ACK : NLM_F.REQUEST),
    );
  }

  #decode<H, A>(format: BodyFormat<H, A>, message: Message): Body<H, A> {
    return decodeBody(format, message.payload, format.header.bytes);
  }

  #receive(): Iterable<Message> {
    return splitMessages(this.#transport.receive());
  }

  #check({ request, encoded }: Sent, message: Message): void {
    const acknowledgement = readAcknowledgement(message);
    this.#port = message.port;
    log('trace', 'answered', () => ({ sequence: message.sequence, ...acknowledgement }));
    if (acknowledgement.errno !== 0) throw new KernelError(request, encoded, acknowledgement);
  }

  // Frames of a transaction answer only to say no, and then perhaps nothing else is answered.
  #awaitLast(
    sent: readonly Sent[],
    frames: readonly Sent[],
    onOther: (message: Message) => void = () => undefined,
  ): void {
    const last = sent.at(-1);
    let refusal: unknown;
    for (let isAnswered = false; !isAnswered;) {
      for (const message of this.#receive()) {
        if (message.type !== NLMSG.ERROR) {
          onOther(message);
          continue;
        }
        const isMeant = (one: Sent): boolean => one.sequence === message.sequence;
        const frame = frames.find(isMeant);
        if (frame !== undefined) this.#check(frame, message);
        isAnswered ||= message.sequence === last?.sequence;
        try {
          const one = sent.findLast(isMeant);
          if (one !== undefined) this.#check(one, message);
        } catch (error) {
          refusal ??= error;
        }
      }
    }
    if (refusal !== undefined) throw refusal as Error;
  }
}
