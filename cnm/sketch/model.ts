// The host's networks as a person would sketch them. Plain values: whatever is drawn is a function of them.

/** An address, protocol and port of the host, and the port that it leads to. */
export interface SketchedPort {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: string;
}

/** A device of the host that leads outside. */
export interface Uplink {
  readonly device: string;
  readonly addresses: readonly string[];
  /** A default route leads by it. */
  readonly isWayOut: boolean;
}

/** One interface of a sandbox on a network. */
export interface SketchedEndpoint {
  /** The id of the sandbox. */
  readonly sandbox: string;
  readonly ifname: string;
  readonly addresses: readonly string[];
  readonly ports: readonly SketchedPort[];
  /** It is neither being made nor taken away. */
  readonly isReady: boolean;
}

/** Whose a network is: a person's by `tsnet network create`, a CNI configuration's, or somebody's that tsnet knows nothing of. */
export type Origin = 'tsnet' | 'cni' | 'other';

/** How what is on a network gets out: as the host, with its own addresses, or not at all. */
export type Way = 'masqueraded' | 'routed' | 'none' | 'unknown';

/** A network, be it that anybody is on it or not. */
export interface SketchedNetwork {
  readonly name: string;
  readonly origin: Origin;
  /** What its endpoints are: `bridge`, `ptp`, `macvlan`... */
  readonly kind: string;
  /** The bridge, or the device that they lie on. */
  readonly device: string | undefined;
  /** The addresses that the host has on it. */
  readonly addresses: readonly string[];
  readonly subnets: readonly string[];
  readonly way: Way;
  /** The devices in the bridge that lead outside, so that the network is that which is there. */
  readonly uplinks: readonly string[];
  readonly endpoints: readonly SketchedEndpoint[];
}

/** A network namespace, or what shares the host's. */
export interface SketchedSandbox {
  readonly id: string;
  readonly name: string;
  readonly origin: Origin;
  /** Where it has no network of its own: in the host's, in none, or in that of another. */
  readonly place: 'networks' | 'host' | 'none' | 'shared';
  /** Whose network it is in. */
  readonly sharedWith: string | undefined;
  readonly command: string | undefined;
}

/** Two networks that call each other through a sandbox alone. */
export interface SketchedFilter {
  readonly networks: readonly [string, string];
  readonly through: string;
  readonly isThere: boolean;
}

/** All of it. */
export interface Sketch {
  readonly host: string;
  readonly uplinks: readonly Uplink[];
  readonly networks: readonly SketchedNetwork[];
  readonly sandboxes: readonly SketchedSandbox[];
  readonly filters: readonly SketchedFilter[];
}
