// The `host` plugin: the host's own network. Nothing is created.
import { definePlugin, networkConfig } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { check } from '../../cnm/check.ts';
import { detach } from '../../cnm/detach.ts';
import { Host } from '../../cnm/host.ts';
import { keyOf, toResult } from '../attachment.ts';

export const host = definePlugin({
  type: 'host',
  about: "tsnet host: leaves a container in the host's own network and tells its interfaces and addresses",
  config: () => networkConfig({}),
  add: (call) =>
    Host.with(call.env, (host) =>
      toResult(attach(host, { mode: 'host', key: keyOf(call), netns: call.netns })),
    ),
  check: (call) => Host.with(call.env, (host) => check(host, keyOf(call), call.netns)),
  del: (call) => Host.with(call.env, (host) => detach(host, keyOf(call))),
});
