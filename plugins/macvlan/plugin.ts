// The `macvlan` plugin: an interface with a MAC of its own on an interface of the host.
import {
  checked,
  CniError,
  cniCodes,
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
import type { MacvlanSpec } from '../../cnm/link/spec.ts';
import type { LinkRequest } from '../../cnm/request.ts';
import { addressedVerbs, requestedMac } from '../addressed.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';
import { masterKeys, masterOf } from '../master.ts';

const modes = ['bridge', 'private', 'vepa', 'passthru'];

const config = checked(
  networkConfig({
    ...masterKeys,
    mode: withDefault('bridge', text),
    mac: optional(macText),
    bcqueuelen: withDefault(0, integer(0, 0xffff_ffff)),
  }),
  ({ mode }, report) => {
    if (!modes.includes(mode)) report(['mode'], `unknown macvlan mode, use one of ${modes.join(', ')}`);
  },
);

function toRequest(call: Call<Output<typeof config>>, { addressing, routes }: IpamAnswer): LinkRequest {
  const { mode, bcqueuelen } = call.config;
  const mac = requestedMac(call) ?? call.config.mac;
  if (mode === 'passthru' && mac !== undefined) {
    throw new CniError(
      cniCodes.invalidConfig,
      `mac "${mac.toString()}": in mode passthru the interface has its master's, leave it out`,
    );
  }
  return {
    mode: 'link',
    key: keyOf(call),
    netns: call.netns,
    link: {
      kind: 'macvlan',
      ...masterOf(call),
      mode: mode as MacvlanSpec['mode'],
      broadcastQueueLength: bcqueuelen === 0 ? undefined : bcqueuelen,
    },
    addressing,
    mac,
    routes,
  };
}

export const macvlan = definePlugin({
  type: 'macvlan',
  about: 'tsnet macvlan: gives a container an interface with a MAC of its own on an interface of the host',
  config,
  args: ['IP', 'MAC', 'GATEWAY'],
  ...addressedVerbs('link', toRequest, { takeStray: takeStrayLink('macvlan'), needs: ['macvlan'] }),
});
