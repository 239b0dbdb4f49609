// Where an expression is done, and what comes of it.
import type { Ip } from '../address/index.ts';
import type { Data } from '../netlink/netfilter/data.ts';
import type { SetContent } from '../netlink/netfilter/set-content.ts';
import type { Packet } from './packet.ts';
import type { Registers } from './registers.ts';

/** A rule's surroundings. */
export interface Place {
  readonly packet: Packet;
  readonly registers: Registers;
  /** Connection tracking has seen the packet: it has not in chains before that. */
  readonly isTracked: boolean;
  readonly setNamed: (name: string) => SetContent | undefined;
  readonly isLocal: (ip: Ip) => boolean;
  readonly indexOf: (device: string) => number;
}

/** What comes of an expression: on to the next, the rule is over, a decision; or nobody can tell whether it goes on. */
export type Step =
  | 'on'
  | 'over'
  | 'unknown'
  | { readonly verdict: NonNullable<Data['verdict']> }
  | { readonly translated: { readonly destination: Ip; readonly port: number } }
  | 'accepted'
  | 'refused';
