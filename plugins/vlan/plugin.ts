// The `vlan` plugin: an interface for one VLAN of an interface of the host.
import { checked, definePlugin, integer, networkConfig, withDefault } from '../../cni/index.ts';
import type { Call, Output } from '../../cni/index.ts';
import type { LinkRequest } from '../../cnm/request.ts';
import { addressedVerbs } from '../addressed.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';
import { masterKeys, masterOf } from '../master.ts';

const LARGEST_ID = 4094;

const config = checked(
  networkConfig({ ...masterKeys, vlanId: withDefault(0, integer(-(2 ** 31), 2 ** 31 - 1)) }),
  ({ master, vlanId, ipam }, report) => {
    if (master === undefined) {
      report(
        [],
        '"master" field is required. It specifies the host interface name to create the VLAN for',
      );
    }
    if (vlanId < 0 || vlanId > LARGEST_ID)
      report(['vlanId'], `invalid VLAN ID ${vlanId} (must be between 0 and ${LARGEST_ID} inclusive)`);
    if (ipam?.type === undefined) report([], 'a vlan interface requires an IPAM configuration');
  },
);

function toRequest(
  call: Call<Output<typeof config>>,
  { addressing, routes }: IpamAnswer,
): LinkRequest {
  return {
    mode: 'link',
    key: keyOf(call),
    netns: call.netns,
    link: { kind: 'vlan', ...masterOf(call), id: call.config.vlanId },
    addressing,
    routes,
  };
}

export const vlan = definePlugin({
  type: 'vlan',
  about: 'tsnet vlan: gives a container an interface for one VLAN of an interface of the host',
  config,
  args: ['IP', 'GATEWAY'],
  ...addressedVerbs('link', toRequest, 'vlan'),
});
