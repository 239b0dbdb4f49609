// The `portmap` plugin: publishes ports of a container that a plugin before it in the chain has connected.
import { definePlugin } from '../../cni/index.ts';
import type { Call, Result } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import type { PortsRequest } from '../../cnm/request.ts';
import { hostInterfacesOf, partKey, partVerbs, previousOf } from '../chained.ts';
import { portsOf } from '../ports.ts';
import { portmapConfig, publishingOf } from './config.ts';
import type { PortmapConfig } from './config.ts';

function toRequest(call: Call<PortmapConfig>, result: Result): PortsRequest {
  return {
    mode: 'ports',
    key: partKey(call, 'portmap'),
    netns: call.netns,
    addresses: result.ips.map(({ address }) => address.ip),
    hostInterfaces: hostInterfacesOf(result),
    ports: portsOf(call),
    publishing: publishingOf(call.config),
  };
}

export const portmap = definePlugin({
  type: 'portmap',
  about: 'tsnet portmap: publishes ports of a container that a plugin before it in the chain has connected',
  config: portmapConfig,
  ...partVerbs('portmap', (call) => portsOf(call).length > 0, { needs: ['nftables'] }),
  add: (call) => {
    const result = previousOf(call);
    const request = toRequest(call, result);
    if (request.ports.length > 0) Host.with(call.env, (host) => attach(host, request));
    return result;
  },
});
