// What an audit is about: what the kernel had at the moment of asking, and what the store wants. Plain values: whatever is
// concluded from them is a function of them.
import type { Cidr, Family, InterfaceAddress, Ip } from '../address/index.ts';
import type { SetElements } from '../firewall/layout.ts';
import type { ListeningSocket } from '../netlink/diag/socket.ts';
import type { Chain } from '../netlink/netfilter/chain.ts';
import type { TableName } from '../netlink/netfilter/table.ts';
import type { PlacedRule } from '../netlink/netfilter/rule.ts';
import type { SetContent } from '../netlink/netfilter/set-content.ts';
import type { GuardLevel, Ingress } from '../state/endpoint.ts';
import type { PublishedPort } from '../state/port.ts';
import type { Wall } from '../state/wall.ts';

/** A link of the host, with the settings of its own that matter. */
export interface Device {
  readonly index: number;
  readonly name: string;
  readonly kind: string | undefined;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
  /** The name of the bridge, or VRF, that it is in. */
  readonly master: string | undefined;
  readonly addresses: readonly InterfaceAddress[];
  /** What comes in by it over IPv4 is forwarded. */
  readonly isForwarding: boolean;
  /** What is for 127.0.0.0/8 may come in by it. */
  readonly isLocalnetRouted: boolean;
  /** Of IPv6: it takes router advertisements (accept_ra), which with forwarding only 2 stands for. */
  readonly takesAdvice: boolean;
  /** Of a port of a bridge: frames to other isolated ones are dropped. */
  readonly isIsolated: boolean;
  /** Of a bridge: it learns from frames that no rule sees (no_linklocal_learn is off). */
  readonly learnsUnseen: boolean;
}

/** A way that packets of the host take. */
export interface Way {
  readonly destination: Cidr;
  /** The device that it leads by, absent where it leads nowhere. */
  readonly device: string | undefined;
  /** To the host itself. */
  readonly isLocal: boolean;
  readonly priority: number;
}

/** All that nf_tables has. */
export interface Ruleset {
  readonly tables: readonly TableName[];
  readonly chains: readonly Chain[];
  readonly rules: readonly PlacedRule[];
  readonly sets: readonly SetContent[];
}

/** The kernel's part. */
export interface Kernel {
  readonly devices: readonly Device[];
  readonly ways: readonly Way[];
  /** Packets of IPv6 are forwarded at all. */
  readonly isForwarding6: boolean;
  /** Frames from port to port of a bridge pass the tables, too (br_netfilter). */
  readonly isBridgeFiltered: Readonly<Record<Family, boolean>>;
  readonly ruleset: Ruleset;
  readonly sockets: readonly ListeningSocket[];
}

/** An endpoint behind a device of the host, as the store has it, and what waits for callers in its sandbox. */
export interface Member {
  readonly owner: string;
  readonly network: string;
  /** The device that its packets come in by and go out by. */
  readonly device: string;
  /** Of an endpoint on a bridge: the bridge, and the host's end of its pair. */
  readonly plug: string | undefined;
  readonly port: string | undefined;
  readonly addresses: readonly Ip[];
  readonly published: readonly PublishedPort[];
  readonly isMasqueraded: boolean;
  /** Set when nobody outside may call it by routing its addresses. */
  readonly isConcealed: boolean;
  /** The families in which its published ports, and no others, may be called so all the same. */
  readonly closed: readonly Family[];
  readonly ingress: Ingress | undefined;
  readonly walls: readonly Wall[];
  readonly guard: GuardLevel | undefined;
  /** Absent where its sandbox cannot be opened any more. */
  readonly sockets: readonly ListeningSocket[] | undefined;
}

/** A table of tsnet's as the store wants it. */
export interface WantedTable {
  readonly table: TableName;
  /** Each chain with what its rules are known by. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly elements: readonly SetElements[];
}

/** All of it. */
export interface World {
  readonly kernel: Kernel;
  readonly members: readonly Member[];
  /** The tables that are to be there. */
  readonly wanted: readonly WantedTable[];
  /** Filters that netlink does not show. */
  readonly unseen: readonly string[];
}
