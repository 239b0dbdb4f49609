// The outcome of an ADD, in one form for all versions (CNI spec 1.1.0, section 5, "Success").

import type { InterfaceAddress, Ip } from '../address/index.ts';
import type { Dns } from './dns.ts';
import type { Route } from './route.ts';

/** An interface that was made or changed; without `sandbox` (a netns path) it is one of the host. */
export interface ResultInterface {
  name: string;
  /** As text, since other plugins report hardware addresses that are no Ethernet MACs (InfiniBand). */
  mac?: string | undefined;
  mtu?: number | undefined;
  sandbox?: string | undefined;
  socketPath?: string | undefined;
  pciID?: string | undefined;
}

/** An address given; `interface` is an index into `Result.interfaces`. */
export interface ResultIp {
  address: InterfaceAddress;
  gateway?: Ip | undefined;
  interface?: number | undefined;
}

/** The outcome of an ADD, or of the plugins before in the chain. */
export interface Result {
  interfaces: ResultInterface[];
  ips: ResultIp[];
  routes: Route[];
  dns: Dns;
}
