// The `vlan` plugin: an interface for one VLAN of an interface of the host.
import { checked, definePlugin, integer, networkConfig, required, withDefault } from '../../cni/index.ts';
import type { Call, Output } from '../../cni/index.ts';
import { takeStrayLink } from '../../cnm/detach.ts';
import type { LinkRequest } from '../../cnm/request.ts';
import { addressedVerbs } from '../addressed.ts';
import { assertIpam } from '../addressing.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';
import { interfaceName } from '../interface-name.ts';
import { masterKeys, masterOf } from '../master.ts';

const LARGEST_ID = 4094;

const config = checked(
  networkConfig({
    ...masterKeys,
    master: required(interfaceName),
    vlanId: withDefault(0, integer(-(2 ** 31), 2 ** 31 - 1)),
  }),
  ({ vlanId }, report) => {
    if (vlanId < 0 || vlanId > LARGEST_ID)
      report(['vlanId'], `invalid VLAN ID ${vlanId} (must be between 0 and ${LARGEST_ID} inclusive)`);
  },
);

function toRequest(call: Call<Output<typeof config>>, { addressing, routes }: IpamAnswer): LinkRequest {
  return {
    mode: 'link',
    key: keyOf(call),
    netns: call.netns,
    link: { kind: 'vlan', ...masterOf(call), id: call.config.vlanId },
    addressing,
    routes,
  };
}

const verbs = addressedVerbs('link', toRequest, { takeStray: takeStrayLink('vlan'), needs: ['vlan'] });

export const vlan = definePlugin({
  type: 'vlan',
  about: 'tsnet vlan: gives a container an interface for one VLAN of an interface of the host',
  config,
  args: ['IP', 'GATEWAY'],
  ...verbs,
  add: (call) => {
    assertIpam(call, 'vlan');
    return verbs.add(call);
  },
});
