// The `host` plugin: the host's own network. Nothing is created.
import { definePlugin, networkConfig } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import { endpointVerbs, keyOf, toResult } from '../endpoint.ts';

export const host = definePlugin({
  type: 'host',
  about: "tsnet host: leaves a container in the host's own network and tells its interfaces and addresses",
  config: networkConfig({}),
  add: (call) =>
    Host.with(call.env, (host) =>
      toResult(attach(host, { mode: 'host', key: keyOf(call), netns: call.netns })),
    ),
  ...endpointVerbs,
});
