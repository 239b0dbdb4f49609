// The `vrf` plugin: puts the interface that a plugin before it has made into a virtual routing domain of the container.
import { checked, definePlugin, integer, networkConfig, optional, required, text } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import { partKey, partVerbs, previousOf } from '../chained.ts';

const deviceName = checked(text, (name, report) => {
  if (!/^[^\s/:]{1,15}$/.test(name) || name === '.' || name === '..')
    report([], 'an interface name has 1 to 15 characters, none of them white space, "/" or ":"');
});

export const vrf = definePlugin({
  type: 'vrf',
  about: 'tsnet vrf: puts an interface into a virtual routing domain of the container',
  config: networkConfig({ vrfname: required(deviceName), table: optional(integer(0, 0xffff_ffff)) }),
  ...partVerbs('vrf', () => true, ['vrf']),
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
