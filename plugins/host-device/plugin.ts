// The `host-device` plugin: a device of the host's moves into the container, and back.
import { definePlugin } from '../../cni/index.ts';
import type { Call } from '../../cni/index.ts';
import { giveStrayBack } from '../../cnm/host-device/move.ts';
import type { HostDeviceRequest } from '../../cnm/request.ts';
import { addressedVerbs } from '../addressed.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';
import { deviceChoice, hostDeviceConfig } from './config.ts';
import type { HostDeviceConfig } from './config.ts';

function toRequest(call: Call<HostDeviceConfig>, { addressing, routes }: IpamAnswer): HostDeviceRequest {
  return {
    mode: 'host-device',
    key: keyOf(call),
    netns: call.netns,
    device: deviceChoice(call.config),
    addressing,
    routes,
  };
}

export const hostDevice = definePlugin({
  type: 'host-device',
  about: 'tsnet host-device: moves a network device of the host into a container, and back',
  config: hostDeviceConfig,
  args: ['IP', 'GATEWAY'],
  ...addressedVerbs('host-device', toRequest, { takeStray: giveStrayBack }),
});
