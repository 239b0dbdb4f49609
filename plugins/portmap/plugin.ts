// The `portmap` plugin: publishes ports of a container that a plugin before it in the chain has connected.
import {
  boolean,
  checked,
  CniError,
  cniCodes,
  definePlugin,
  networkConfig,
  optional,
  text,
  texts,
  withDefault,
} from '../../cni/index.ts';
import type { Call, Result } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { check } from '../../cnm/check.ts';
import { detach } from '../../cnm/detach.ts';
import { Host } from '../../cnm/host.ts';
import { partOf } from '../../cnm/request.ts';
import type { EndpointKey, PortsRequest } from '../../cnm/request.ts';
import { endpointVerbs, keyOf } from '../endpoint.ts';

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

function partKey(call: Call): EndpointKey {
  return partOf(keyOf(call), 'portmap');
}

function previous({ prevResult }: Call): Result {
  if (prevResult === undefined) {
    throw new CniError(cniCodes.invalidConfig, 'must be called as chained plugin');
  }
  return prevResult;
}

function toRequest(call: Call, result: Result): PortsRequest {
  const mappings = call.config.runtimeConfig?.portMappings ?? [];
  const isOfHost = ({ sandbox }: { sandbox?: string | undefined }): boolean =>
    sandbox === undefined || sandbox === '';
  return {
    mode: 'ports',
    key: partKey(call),
    netns: call.netns,
    addresses: result.ips.map(({ address }) => address.ip),
    hostInterfaces: result.interfaces.filter(isOfHost).map(({ name }) => name),
    ports: mappings.map(({ protocol, hostPort, containerPort, hostIP }) => {
      return { protocol, hostPort, containerPort, hostIp: hostIP };
    }),
  };
}

export const portmap = definePlugin({
  type: 'portmap',
  about: 'tsnet portmap: publishes ports of a container that a plugin before it in the chain has connected',
  config,
  add: (call) => {
    const result = previous(call);
    const request = toRequest(call, result);
    if (request.ports.length > 0) Host.with(call.env, (host) => attach(host, request));
    return result;
  },
  check: (call) => {
    if ((call.config.runtimeConfig?.portMappings ?? []).length === 0) return;
    Host.with(call.env, (host) => check(host, partKey(call), call.netns));
  },
  del: (call) => Host.with(call.env, (host) => detach(host, partKey(call))),
  gc: endpointVerbs.gc,
});
