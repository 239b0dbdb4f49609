// The `none` plugin: loopback, and nothing else.
import { definePlugin, networkConfig } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import { endpointVerbs, keyOf, toResult } from '../endpoint.ts';

export const none = definePlugin({
  type: 'none',
  about: 'tsnet none: takes the loopback interface up and gives a container no other network',
  config: networkConfig({}),
  add: (call) =>
    Host.with(call.env, (host) =>
      toResult(attach(host, { mode: 'none', key: keyOf(call), netns: call.netns })),
    ),
  ...endpointVerbs,
});
