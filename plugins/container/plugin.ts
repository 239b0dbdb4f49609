// The `container` plugin: shares the sandbox of another container.
import { definePlugin, networkConfig, required, text } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import { endpointVerbs, keyOf, toResult } from '../endpoint.ts';

export const container = definePlugin({
  type: 'container',
  about: "tsnet container: shares another container's network and keeps it until the last sharer is gone",
  config: networkConfig({
    /** The id of the container whose sandbox is shared. */
    container: required(text),
  }),
  add: (call) =>
    Host.with(call.env, (host) => {
      const shares = call.config.container;
      return toResult(attach(host, { mode: 'container', key: keyOf(call), netns: call.netns, shares }));
    }),
  ...endpointVerbs,
});
