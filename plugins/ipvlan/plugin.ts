// The `ipvlan` plugin: an interface that shares the MAC of an interface of the host.
import {
  checked,
  CniError,
  cniCodes,
  definePlugin,
  networkConfig,
  text,
  withDefault,
} from '../../cni/index.ts';
import type { Call, Output } from '../../cni/index.ts';
import { takeStrayLink } from '../../cnm/detach.ts';
import type { IpvlanSpec } from '../../cnm/link/spec.ts';
import type { LinkRequest } from '../../cnm/request.ts';
import { addressedVerbs } from '../addressed.ts';
import type { IpamAnswer } from '../addressing.ts';
import { keyOf } from '../endpoint.ts';
import { masterKeys, masterOf } from '../master.ts';

const modes = ['l2', 'l3', 'l3s'];

const config = checked(
  networkConfig({ ...masterKeys, mode: withDefault('l2', text) }),
  ({ mode }, report) => {
    if (!modes.includes(mode)) report(['mode'], `unknown ipvlan mode, use one of ${modes.join(', ')}`);
  },
);

/** Without IPAM the addresses are those that the plugins before in the chain have decided. */
function addressesOf({ prevResult }: Call, answer: IpamAnswer): Pick<LinkRequest, 'addressing' | 'routes'> {
  if (answer.addressing.from !== 'nowhere') return answer;
  const { ips = [], routes = [] } = prevResult ?? {};
  if (ips.length > 0) return { addressing: { from: 'elsewhere', addresses: ips }, routes };
  throw new CniError(
    cniCodes.invalidConfig,
    'ipvlan interface requires an IPAM configuration, or addresses in prevResult',
  );
}

function toRequest(call: Call<Output<typeof config>>, answer: IpamAnswer): LinkRequest {
  return {
    mode: 'link',
    key: keyOf(call),
    netns: call.netns,
    link: { kind: 'ipvlan', ...masterOf(call), mode: call.config.mode as IpvlanSpec['mode'] },
    ...addressesOf(call, answer),
  };
}

export const ipvlan = definePlugin({
  type: 'ipvlan',
  about: 'tsnet ipvlan: gives a container an interface that shares the MAC of an interface of the host',
  config,
  args: ['IP', 'GATEWAY'],
  ...addressedVerbs('link', toRequest, { takeStray: takeStrayLink('ipvlan'), needs: ['ipvlan'] }),
});
