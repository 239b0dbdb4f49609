// The `bridge` plugin: a container gets a veth pair into a bridge, addresses, masquerade and published ports.
import { definePlugin } from '../../cni/index.ts';
import type { Call } from '../../cni/index.ts';
import type { BridgeRequest } from '../../cnm/request.ts';
import { addressedVerbs, requestedMac } from '../addressed.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';
import { portsOf } from '../ports.ts';
import { bridgeConfig, bridgeSpec, insideSpec, portSpec } from './config.ts';
import type { BridgeConfig } from './config.ts';

function toRequest(call: Call<BridgeConfig>, { addressing, routes }: IpamAnswer): BridgeRequest {
  return {
    mode: 'bridge',
    key: keyOf(call),
    netns: call.netns,
    bridge: bridgeSpec(call.config),
    port: portSpec(call.config),
    inside: insideSpec(call.config),
    egress: call.config.egress,
    addressing,
    mac: requestedMac(call),
    routes,
    ports: portsOf(call),
  };
}

export const bridge = definePlugin({
  type: 'bridge',
  about: 'tsnet bridge: connects a container to a bridge, with addresses, masquerade and published ports',
  config: bridgeConfig,
  args: ['IP', 'MAC', 'GATEWAY'],
  ...addressedVerbs('bridge', toRequest, { needs: ['bridge', 'nftables'] }),
});
