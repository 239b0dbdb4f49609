// What one plugin of the reference leaves in the packet filter, as something to look for.
import type { Ip } from '../../address/index.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import type { Ruleset } from './ruleset.ts';

/** An interface of a container that the reference has connected, as it names it. */
export interface Interface {
  readonly network: string;
  readonly container: string;
  readonly ifname: string;
}

/** Finds rules, and asks to delete them. */
export interface Part {
  /** Those of one interface; `addresses` are those that are its own for certain. */
  find(ruleset: Ruleset, of: Interface, addresses: () => readonly Ip[]): AnyRequest[];
  /** Those of a network's containers that are not among `keep`. */
  findStale(ruleset: Ruleset, network: string, keep: readonly Interface[]): AnyRequest[];
}
