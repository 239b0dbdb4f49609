// The `portmap` plugin: publishes ports of a container that a plugin before it in the chain has connected.
import {
  boolean,
  checked,
  definePlugin,
  networkConfig,
  optional,
  text,
  texts,
  withDefault,
} from '../../cni/index.ts';
import type { Call, Result } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import type { PortsRequest } from '../../cnm/request.ts';
import { hostInterfacesOf, partKey, partVerbs, previousOf } from '../chained.ts';
import { portsOf } from '../ports.ts';

const unsupported = 'not supported by tsnet portmap, leave it out';

const config = checked(
  networkConfig({
    /** Which packet filter the reference would use; tsnet always has its own nftables table. */
    backend: optional(text),
    snat: withDefault(true, boolean),
    masqAll: withDefault(false, boolean),
    conditionsV4: withDefault([], texts),
    conditionsV6: withDefault([], texts),
  }),
  ({ snat, masqAll, conditionsV4, conditionsV6 }, report) => {
    if (!snat) report(['snat'], unsupported);
    if (masqAll) report(['masqAll'], unsupported);
    if (conditionsV4.length > 0) report(['conditionsV4'], unsupported);
    if (conditionsV6.length > 0) report(['conditionsV6'], unsupported);
  },
);

function toRequest(call: Call, result: Result): PortsRequest {
  return {
    mode: 'ports',
    key: partKey(call, 'portmap'),
    netns: call.netns,
    addresses: result.ips.map(({ address }) => address.ip),
    hostInterfaces: hostInterfacesOf(result),
    ports: portsOf(call),
  };
}

export const portmap = definePlugin({
  type: 'portmap',
  about: 'tsnet portmap: publishes ports of a container that a plugin before it in the chain has connected',
  config,
  ...partVerbs('portmap', (call) => portsOf(call).length > 0),
  add: (call) => {
    const result = previousOf(call);
    const request = toRequest(call, result);
    if (request.ports.length > 0) Host.with(call.env, (host) => attach(host, request));
    return result;
  },
});
