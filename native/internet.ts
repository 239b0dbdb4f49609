// Internet sockets that are opened inside a network namespace, which the runtimes' own are not. None of them blocks.
import { addon } from './addon.ts';
import { checked } from './system-error.ts';

/** linux/socket.h, linux/net.h, linux/in.h and linux/in6.h */
const AF = { 4: 2, 6: 10 } as const;
const TYPE = { tcp: 1, udp: 2, icmp: 3 } as const;
const ECHO_PROTOCOL = { 4: 1, 6: 58 } as const;
const SOCK_NONBLOCK = 0o4000;
const ADDRESS_BYTES = { 4: 16, 6: 28 } as const;
const ADDRESS_AT = { 4: 4, 6: 8 } as const;

/** Where a socket is bound or connected to: 4 or 16 octets in network order, and a port. */
interface End {
  readonly address: Uint8Array;
  readonly port: number;
}

// struct sockaddr_in and struct sockaddr_in6.
function socketAddress({ address, port }: End): Uint8Array {
  const family = address.length === 4 ? 4 : 6;
  const bytes = new Uint8Array(ADDRESS_BYTES[family]);
  new Uint16Array(bytes.buffer, 0, 1)[0] = AF[family];
  new DataView(bytes.buffer).setUint16(2, port);
  bytes.set(address, ADDRESS_AT[family]);
  return bytes;
}

/**
 * Opens a socket inside `namespace` (a descriptor, or HERE); one for icmp sends and receives whole messages, and needs
 * CAP_NET_RAW. Throws SystemError. socket(2).
 */
export function openInternet(namespace: number, family: 4 | 6, kind: keyof typeof TYPE): number {
  const protocol = kind === 'icmp' ? ECHO_PROTOCOL[family] : 0;
  return checked('socket', addon().openSocket(namespace, AF[family], TYPE[kind] | SOCK_NONBLOCK, protocol));
}

/** Takes a port on all addresses. Throws SystemError, with EADDRINUSE when somebody has it. bind(2). */
export function bindPort(fd: number, family: 4 | 6, port: number): void {
  const end = { address: new Uint8Array(family === 4 ? 4 : 16), port };
  checked('bind', addon().bindAddress(fd, socketAddress(end)));
}

/**
 * Begins a connection, and called again goes on with it: it throws the SystemError EINPROGRESS or EALREADY as long as there
 * is no answer, and another one when there will be none. connect(2).
 */
export function connectInternet(fd: number, end: End): void {
  checked('connect', addon().connectAddress(fd, socketAddress(end)));
}
