// The `none` plugin: loopback, and nothing else.
import { definePlugin, networkConfig } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { check } from '../../cnm/check.ts';
import { detach } from '../../cnm/detach.ts';
import { Host } from '../../cnm/host.ts';
import { keyOf, toResult } from '../attachment.ts';

export const none = definePlugin({
  type: 'none',
  about: 'tsnet none: takes the loopback interface up and gives a container no other network',
  config: () => networkConfig({}),
  add: (call) =>
    Host.with(call.env, (host) =>
      toResult(attach(host, { mode: 'none', key: keyOf(call), netns: call.netns })),
    ),
  check: (call) => Host.with(call.env, (host) => check(host, keyOf(call), call.netns)),
  del: (call) => Host.with(call.env, (host) => detach(host, keyOf(call))),
});
