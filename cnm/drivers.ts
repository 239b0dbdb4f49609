// The drivers of the four modes, and of the parts that chained plugins add.
import type { Mode } from '../state/endpoint.ts';
import { bridgeDriver } from './bridge/driver.ts';
import { containerDriver } from './container.ts';
import type { Driver } from './driver.ts';
import { hostDriver } from './host-mode.ts';
import { linkDriver } from './link/driver.ts';
import { hostDeviceDriver } from './host-device/driver.ts';
import { noneDriver } from './none.ts';
import { bandwidthDriver } from './parts/bandwidth.ts';
import { leaseDriver } from './parts/lease.ts';
import { portsDriver } from './parts/ports.ts';
import { tuningDriver } from './parts/tuning.ts';
import { ptpDriver } from './ptp/driver.ts';
import type { AttachRequest } from './request.ts';
import { sourceRoutingDriver } from './routing/source-routing.ts';
import { vrfDriver } from './routing/vrf.ts';

const drivers = {
  bridge: bridgeDriver,
  ptp: ptpDriver,
  'host-device': hostDeviceDriver,
  none: noneDriver,
  host: hostDriver,
  container: containerDriver,
  link: linkDriver,
  ports: portsDriver,
  bandwidth: bandwidthDriver,
  tuning: tuningDriver,
  lease: leaseDriver,
  sbr: sourceRoutingDriver,
  vrf: vrfDriver,
};

/** The driver of a mode; it is only ever given requests of that mode. */
export function driverOf(mode: Mode): Driver<AttachRequest, unknown> {
  return drivers[mode];
}
