// One connection, datagram or echo, sent to see what becomes of it.
import { closeSync } from 'node:fs';
import type { Ip } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import {
  bindPort,
  connectInternet,
  isSystemError,
  openInternet,
  receive,
  send,
  SystemError,
  waitReadable,
} from '../../native/index.ts';
import type { TraceProtocol } from './question.ts';

/** What the sender gets back. */
export type Answer =
  | { readonly kind: 'answered'; readonly milliseconds: number }
  | { readonly kind: 'error'; readonly errno: string }
  | { readonly kind: 'silent' };

// What Linux takes from by itself (net.ipv4.ip_local_port_range).
const FIRST_PORT = 32_768;
const PORTS = 28_232;
const TRIES = 64;
const FIRST_STEP_US = 100;
const LONGEST_STEP_US = 5_000;
const PENDING = ['EINPROGRESS', 'EALREADY', 'EAGAIN'];
const DATAGRAM = new TextEncoder().encode('tsnet trace\n');

/** A socket in the namespace that packets are to come from, with a port (of an echo: an identifier) by which they are known. */
export class Probe {
  readonly port: number;
  readonly #fd: number;
  readonly #protocol: TraceProtocol;
  readonly #to: Ip;
  #isConnected = false;

  /** Throws SystemError. */
  constructor(namespace: number, protocol: TraceProtocol, to: Ip) {
    this.#protocol = protocol;
    this.#to = to;
    this.#fd = openInternet(namespace, to.family, protocol);
    try {
      this.port = this.#takePort();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends, and waits as long as `isWorthwhile` says so. */
  send(port: number, isWorthwhile: () => boolean): Answer {
    const began = performance.now();
    try {
      // Nothing is readable where a connection has come about: it is asked for again and again.
      for (let step = FIRST_STEP_US, isBegun = false; ; isBegun = true) {
        if (this.#protocol === 'tcp' || !isBegun) this.#begin(port, isBegun);
        if (this.#isAnswered()) return { kind: 'answered', milliseconds: performance.now() - began };
        waitReadable(this.#fd, step);
        step = Math.min(2 * step, LONGEST_STEP_US);
        // At first every moment counts: how long the answer takes is told.
        if (step === LONGEST_STEP_US && !isWorthwhile()) break;
      }
      return { kind: 'silent' };
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return { kind: 'error', errno: error.errno };
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #takePort(): number {
    for (let left = TRIES; left > 0; left--) {
      const [random = 0] = crypto.getRandomValues(new Uint16Array(1));
      if (this.#protocol === 'icmp') return random;
      const port = FIRST_PORT + (random % PORTS);
      try {
        bindPort(this.#fd, this.#to.family, port);
        return port;
      } catch (error) {
        if (!isSystemError(error, 'EADDRINUSE')) throw error;
      }
    }
    throw new TsnetError('TSNET_SYSCALL', 'no port is free to send from');
  }

  #begin(port: number, isBegun: boolean): void {
    try {
      connectInternet(this.#fd, { address: this.#to.toBytes(), port: this.#protocol === 'icmp' ? 0 : port });
      this.#isConnected = true;
    } catch (error) {
      if (isSystemError(error, 'EISCONN')) this.#isConnected = true;
      else if (!PENDING.some((errno) => isSystemError(error, errno))) throw error;
    }
    if (!isBegun && this.#protocol === 'udp') send(this.#fd, DATAGRAM);
    if (!isBegun && this.#protocol === 'icmp') send(this.#fd, echoRequest(this.#to.family, this.port));
  }

  #isAnswered(): boolean {
    if (this.#protocol === 'tcp') return this.#isConnected;
    const bytes = new Uint8Array(2048);
    while (waitReadable(this.#fd, 0)) {
      const length = Math.min(receive(this.#fd, bytes), bytes.length);
      if (this.#protocol === 'udp' || this.#isEchoReply(bytes.subarray(0, length))) return true;
    }
    return false;
  }

  // Of ICMP the IP header comes along, of ICMPv6 it does not (raw(7), RFC 3542 section 3).
  #isEchoReply(bytes: Uint8Array): boolean {
    const at = this.#to.family === 4 ? ((bytes[0] ?? 0) & 0x0f) * 4 : 0;
    const id = ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
    return bytes[at] === (this.#to.family === 4 ? 0 : 129) && id === this.port;
  }
}

// RFC 792 and RFC 4443, section 4.1; the kernel sums up ICMPv6 by itself.
function echoRequest(family: 4 | 6, id: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, family === 4 ? 8 : 128);
  view.setUint16(4, id);
  view.setUint16(6, 1);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += view.getUint16(at);
  if (family === 4) view.setUint16(2, ~((sum & 0xffff) + (sum >>> 16)) & 0xffff);
  return bytes;
}
