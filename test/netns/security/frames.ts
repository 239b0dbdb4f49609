// Frames that an attacker sends, byte by byte, and the program that sends them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Ip, Mac } from '../../../address/index.ts';
import type { Lab } from '../lab.ts';

const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;
const ICMP = 1;
const UDP = 17;
const ICMPV6 = 58;

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

/** The checksum of RFC 1071. */
function checksum(bytes: readonly number[]): number[] {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return u16(~sum & 0xffff);
}

/** `bytes` with the checksum over them, and over what stands before, put at `at`. */
function sealed(bytes: readonly number[], at: number, before: readonly number[] = []): number[] {
  return [...bytes.slice(0, at), ...checksum([...before, ...bytes]), ...bytes.slice(at + 2)];
}

function ipOf(text: string): number[] {
  return [...Ip.parse(text).toBytes()];
}

function macOf(text: string): number[] {
  return [...Mac.parse(text).toBytes()];
}

/** The ends of a frame. */
export interface Ends {
  readonly fromMac: string;
  readonly toMac: string;
  readonly from: string;
  readonly to: string;
}

function ethernet({ fromMac, toMac }: Ends, family: 4 | 6, packet: readonly number[]): number[] {
  return [...macOf(toMac), ...macOf(fromMac), ...u16(ETHERTYPE[family]), ...packet];
}

function ipv4(from: string, to: string, protocol: number, payload: readonly number[]): number[] {
  const header = [0x45, 0, ...u16(20 + payload.length), 0, 0, 0, 0, 64, protocol, 0, 0];
  return [...sealed([...header, ...ipOf(from), ...ipOf(to)], 10), ...payload];
}

// Neighbour discovery is taken with a hop limit of 255 alone (RFC 4861, 6.1).
function ipv6(from: string, to: string, protocol: number, payload: readonly number[]): number[] {
  return [0x60, 0, 0, 0, ...u16(payload.length), protocol, 255, ...ipOf(from), ...ipOf(to), ...payload];
}

function icmpv6(ends: Ends, message: readonly number[]): number[] {
  const pseudo = [...ipOf(ends.from), ...ipOf(ends.to), ...u32(message.length), 0, 0, 0, ICMPV6];
  return ethernet(ends, 6, ipv6(ends.from, ends.to, ICMPV6, sealed(message, 2, pseudo)));
}

function udp(fromPort: number, toPort: number, payload: readonly number[]): number[] {
  // A checksum of zero is none (RFC 768).
  return [...u16(fromPort), ...u16(toPort), ...u16(8 + payload.length), 0, 0, ...payload];
}

/** A datagram over IPv4, whatever its addresses. */
export function datagram(ends: Ends, port: number): number[] {
  return ethernet(ends, 4, ipv4(ends.from, ends.to, UDP, udp(5353, port, [...Buffer.from('hello\n')])));
}

/** A router advertisement to all nodes: a default router with high preference, and a prefix to make addresses of. */
export function routerAdvertisement(fromMac: string, from: string, prefix: string): number[] {
  const ends = { fromMac, toMac: '33:33:00:00:00:01', from, to: 'ff02::1' };
  const header = [134, 0, 0, 0, 64, 0x08, ...u16(1800), ...u32(0), ...u32(0)];
  const onLinkAndAutonomous = 0xc0;
  const prefixOption = [3, 4, 64, onLinkAndAutonomous, ...u32(86400), ...u32(86400), ...u32(0)];
  return icmpv6(ends, [...header, 1, 1, ...macOf(fromMac), ...prefixOption, ...ipOf(prefix)]);
}

/**
 * A redirect of ICMPv4: for `destination` ask `gateway`. It quotes an answer to a ping, of which the kernel cannot know whether
 * it sent one.
 */
export function redirect(ends: Ends, destination: string, gateway: string): number[] {
  const forHost = 1;
  const quoted = ipv4(ends.to, destination, ICMP, sealed([0, 0, 0, 0, 0, 1, 0, 1], 2));
  const message = sealed([5, forHost, 0, 0, ...ipOf(gateway), ...quoted], 2);
  return ethernet(ends, 4, ipv4(ends.from, ends.to, ICMP, message));
}

/** Why frames cannot be sent here; undefined when they can. */
export function whyNoFrames(): string | undefined {
  return spawnSync('g++', ['--version']).status === 0 ? undefined : 'g++ is missing';
}

/** Sends frames by an interface in a place of the lab. */
export function sendFrames(lab: Lab, where: string, ifname: string, frames: readonly number[][]): void {
  const program = join(lab.folder, 'frames');
  if (!existsSync(program)) {
    const source = join(import.meta.dirname, 'frames.cc');
    execFileSync('g++', ['-std=c++17', '-Wall', '-Wextra', source, '-o', program], { stdio: 'inherit' });
  }
  const input = frames.map((frame) => `${Buffer.from(frame).toString('hex')}\n`).join('');
  const { status, stderr } = lab.attempt(where, [program, ifname], {}, input);
  if (status !== 0) throw new Error(`frames from ${where}: ${stderr}`);
}
