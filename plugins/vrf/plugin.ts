// The `vrf` plugin: puts the interface that a plugin before it has made into a virtual routing domain of the container.
import { definePlugin, integer, networkConfig, optional, required } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import { partKey, partVerbs, previousOf } from '../chained.ts';
import { interfaceName } from '../interface-name.ts';

export const vrf = definePlugin({
  type: 'vrf',
  about: 'tsnet vrf: puts an interface into a virtual routing domain of the container',
  config: networkConfig({ vrfname: required(interfaceName), table: optional(integer(0, 0xffff_ffff)) }),
  ...partVerbs('vrf', () => true, { needs: ['vrf'] }),
  add: (call) => {
    const result = previousOf(call);
    const { vrfname, table } = call.config;
    const request = {
      mode: 'vrf',
      key: partKey(call, 'vrf'),
      netns: call.netns,
      vrf: vrfname,
      // The reference takes 0 for one that is free.
      table: table === 0 ? undefined : table,
    } as const;
    Host.with(call.env, (host) => attach(host, request));
    return result;
  },
});
