// The `dummy` plugin: an interface that leads nowhere, with addresses.
import { checked, definePlugin, networkConfig } from '../../cni/index.ts';
import type { Call } from '../../cni/index.ts';
import type { LinkRequest } from '../../cnm/request.ts';
import { addressedVerbs } from '../addressed.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';

const config = checked(networkConfig({}), ({ ipam }, report) => {
  if (ipam?.type === undefined) report([], 'dummy interface requires an IPAM configuration');
});

function toRequest(call: Call, { addressing, routes }: IpamAnswer): LinkRequest {
  return {
    mode: 'link',
    key: keyOf(call),
    netns: call.netns,
    link: { kind: 'dummy' },
    addressing,
    routes,
  };
}

export const dummy = definePlugin({
  type: 'dummy',
  about: 'tsnet dummy: gives a container an interface with addresses that leads nowhere',
  config,
  args: ['IP', 'GATEWAY'],
  ...addressedVerbs('link', toRequest, 'dummy'),
});
