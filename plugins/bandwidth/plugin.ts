// The `bandwidth` plugin: limits what a container receives and sends.
import { definePlugin } from '../../cni/index.ts';
import type { Call, Output, Result } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import { takeStrayDetour } from '../../cnm/parts/bandwidth.ts';
import { hostInterfacesOf, partKey, partVerbs, previousOf } from '../chained.ts';
import { toResult } from '../endpoint.ts';
import { bandwidthConfig, limitsOf, refuseUnsupported } from './config.ts';

type BandwidthCall = Call<Output<typeof bandwidthConfig>>;

function isLimited({ config }: BandwidthCall): boolean {
  const { ingress, egress } = limitsOf(config);
  return ingress !== undefined || egress !== undefined;
}

function add(call: BandwidthCall): Result {
  const result = previousOf(call);
  refuseUnsupported(call);
  if (!isLimited(call)) return result;
  const attachment = Host.with(call.env, (host) =>
    attach(host, {
      mode: 'bandwidth',
      key: partKey(call, 'bandwidth'),
      netns: call.netns,
      hostInterfaces: hostInterfacesOf(result),
      ...limitsOf(call.config),
    }),
  );
  return { ...result, interfaces: [...result.interfaces, ...toResult(attachment).interfaces] };
}

export const bandwidth = definePlugin({
  type: 'bandwidth',
  about:
    'tsnet bandwidth: limits the traffic of a container that a plugin before it in the chain has connected',
  config: bandwidthConfig,
  ...partVerbs('bandwidth', isLimited, { takeStray: takeStrayDetour, needs: ['ifb'] }),
  add,
});
