// The `ptp` plugin: a container gets a veth pair whose other end, the host's, is its gateway.
import {
  boolean,
  checked,
  cidrText,
  definePlugin,
  integer,
  list,
  networkConfig,
  optional,
  text,
  withDefault,
} from '../../cni/index.ts';
import type { Call, Output } from '../../cni/index.ts';
import type { PtpRequest } from '../../cnm/request.ts';
import { addressedVerbs, requestedMac } from '../addressed.ts';
import type { IpamAnswer } from '../addressing.ts';
import { egress } from '../egress.ts';
import { keyOf } from '../endpoint.ts';
import { portsOf } from '../ports.ts';

const config = checked(
  networkConfig({
    mtu: withDefault(0, integer(0, 65535)),
    /** Which packet filter the reference would use; tsnet always has its own nftables table. */
    ipMasqBackend: optional(text),
    nonMasqueradeCIDRs: withDefault([], list(cidrText)),
    /** tsnet's own, as the next. */
    directRouting: withDefault(false, boolean),
    egress: optional(egress),
  }),
  ({ ipam }, report) => {
    if (ipam?.type === undefined) report(['ipam'], 'ptp needs addresses: give ipam a type, such as "tsnet"');
  },
);

function toRequest(call: Call<Output<typeof config>>, { addressing, routes }: IpamAnswer): PtpRequest {
  const { ipMasq, nonMasqueradeCIDRs, directRouting, mtu, egress: policy } = call.config;
  return {
    mode: 'ptp',
    key: keyOf(call),
    netns: call.netns,
    isMasqueraded: ipMasq ?? false,
    nonMasqueraded: nonMasqueradeCIDRs,
    isRoutable: directRouting,
    mtu: mtu === 0 ? undefined : mtu,
    egress: policy,
    addressing,
    mac: requestedMac(call),
    routes,
    ports: portsOf(call),
  };
}

export const ptp = definePlugin({
  type: 'ptp',
  about:
    'tsnet ptp: connects a container to the host by a veth pair, with addresses, masquerade and published ports',
  config,
  args: ['IP', 'MAC', 'GATEWAY'],
  ...addressedVerbs('ptp', toRequest, { needs: ['nftables'] }),
});
