// The four modes, and the parts.
import type { Mode } from '../state/endpoint.ts';
import { bridgeDriver } from './bridge/driver.ts';
import { containerDriver } from './container.ts';
import type { Driver } from './driver.ts';
import { hostDriver } from './host-mode.ts';
import { noneDriver } from './none.ts';
import { leaseDriver } from './parts/lease.ts';
import { portsDriver } from './parts/ports.ts';
import type { AttachRequest } from './request.ts';
import { sourceRoutingDriver } from './routing/source-routing.ts';
import { vrfDriver } from './routing/vrf.ts';

const drivers = {
  bridge: bridgeDriver,
  none: noneDriver,
  host: hostDriver,
  container: containerDriver,
  ports: portsDriver,
  lease: leaseDriver,
  sbr: sourceRoutingDriver,
  vrf: vrfDriver,
};

/** The driver of a mode; it is only ever given requests of that mode. */
export function driverOf(mode: Mode): Driver<AttachRequest, unknown> {
  return drivers[mode];
}
