// The `tap` plugin: a device for a program in the container, such as a virtual machine, to open.
import {
  boolean,
  definePlugin,
  integer,
  macText,
  networkConfig,
  optional,
  text,
  withDefault,
} from '../../cni/index.ts';
import type { Call, Output } from '../../cni/index.ts';
import { takeStrayLink } from '../../cnm/detach.ts';
import type { LinkRequest } from '../../cnm/request.ts';
import { addressedVerbs, requestedMac } from '../addressed.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';
import { interfaceName } from '../interface-name.ts';

/** A user or group id; the highest one means nobody in particular (setuid(2)). */
const id = integer(0, 0xffff_fffe);

const config = networkConfig({
  multiQueue: withDefault(false, boolean),
  mtu: withDefault(0, integer(0, 65535)),
  mac: optional(macText),
  owner: optional(id),
  group: optional(id),
  selinuxContext: optional(text),
  bridge: optional(interfaceName),
});

function toRequest(call: Call<Output<typeof config>>, { addressing, routes }: IpamAnswer): LinkRequest {
  const { multiQueue, mtu, mac, owner, group, selinuxContext, bridge } = call.config;
  return {
    mode: 'link',
    key: keyOf(call),
    netns: call.netns,
    link: {
      kind: 'tap',
      isMultiQueue: multiQueue,
      mtu: mtu === 0 ? undefined : mtu,
      owner,
      group,
      selinuxContext,
      bridge,
    },
    addressing,
    mac: requestedMac(call) ?? mac,
    routes,
  };
}

export const tap = definePlugin({
  type: 'tap',
  about: 'tsnet tap: gives a container a tap device, for a program such as a virtual machine to open',
  config,
  args: ['IP', 'MAC', 'GATEWAY'],
  ...addressedVerbs('link', toRequest, { takeStray: takeStrayLink('tun') }),
});
