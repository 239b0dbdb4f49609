// The `dummy` plugin: an interface that leads nowhere, with addresses.
import { definePlugin, networkConfig } from '../../cni/index.ts';
import type { Call } from '../../cni/index.ts';
import { takeStrayLink } from '../../cnm/detach.ts';
import type { LinkRequest } from '../../cnm/request.ts';
import { addressedVerbs } from '../addressed.ts';
import { assertIpam } from '../addressing.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';

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

const verbs = addressedVerbs('link', toRequest, { takeStray: takeStrayLink('dummy'), needs: ['dummy'] });

export const dummy = definePlugin({
  type: 'dummy',
  about: 'tsnet dummy: gives a container an interface with addresses that leads nowhere',
  config: networkConfig({}),
  args: ['IP', 'GATEWAY'],
  ...verbs,
  add: (call) => {
    assertIpam(call, 'dummy');
    return verbs.add(call);
  },
});
