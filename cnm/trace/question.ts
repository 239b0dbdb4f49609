// What a trace is about: who calls whom, and with what.
import type { Family, Ip } from '../../address/index.ts';

/** What is sent, or waited for. */
export type TraceProtocol = 'tcp' | 'udp' | 'icmp';

/** The numbers of IANA, by family: ICMPv6 is another one than ICMP. */
export const protocolNumbers: Record<TraceProtocol, Record<Family, number>> = {
  tcp: { 4: 6, 6: 6 },
  udp: { 4: 17, 6: 17 },
  icmp: { 4: 1, 6: 58 },
};

/** A place that packets begin or end at. */
export interface Place {
  /** A sandbox's name, "host", or an address. */
  readonly name: string;
  /** The path of its namespace, where that is not the host's. */
  readonly netns: string | undefined;
  /** It is on the host or in a sandbox: packets can be sent and seen there. */
  readonly isHere: boolean;
}

/** A connection that is to be followed. */
export interface Question {
  readonly from: Place;
  /** Present where it cannot be sent, but is waited for. */
  readonly source: Ip | undefined;
  readonly to: Place;
  readonly destination: Ip;
  readonly port: number | undefined;
  /** Absent where any is waited for. */
  readonly protocol: TraceProtocol | undefined;
  /** Where else packets may be called to, for the same end: addresses and ports that lead to it. */
  readonly doors: readonly Door[];
  /** In milliseconds. */
  readonly patience: number;
}

/** An address, or any, and a port that leads to an end; any port where it is left out. */
export interface Door {
  readonly address: Ip | undefined;
  readonly port: number | undefined;
  readonly protocol: TraceProtocol | undefined;
}
