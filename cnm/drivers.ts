// The four modes.
import type { Mode } from '../state/endpoint.ts';
import { bridgeDriver } from './bridge/driver.ts';
import { containerDriver } from './container.ts';
import type { Driver } from './driver.ts';
import { hostDriver } from './host-mode.ts';
import { noneDriver } from './none.ts';
import { firewallDriver } from './parts/firewall.ts';
import { portsDriver } from './parts/ports.ts';
import type { AttachRequest } from './request.ts';

const drivers = {
  bridge: bridgeDriver,
  none: noneDriver,
  host: hostDriver,
  container: containerDriver,
  ports: portsDriver,
  firewall: firewallDriver,
};

/** The driver of a mode; it is only ever given requests of that mode. */
export function driverOf(mode: Mode): Driver<AttachRequest, unknown> {
  return drivers[mode];
}
