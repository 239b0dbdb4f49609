// The `tuning` plugin: changes settings of a container's interface and of its network namespace.
import { CniError, cniCodes, definePlugin } from '../../cni/index.ts';
import type { Call, Output, Result } from '../../cni/index.ts';
import { attach } from '../../cnm/attach.ts';
import { Host } from '../../cnm/host.ts';
import type { Tuning } from '../../cnm/request.ts';
import { partKey, partVerbs } from '../chained.ts';
import { sysctlNames, tuningConfig, tuningOf } from './config.ts';
import { assertAllowed } from './sysctl.ts';

type TuningCall = Call<Output<typeof tuningConfig>>;

function add(call: TuningCall): Result {
  const { prevResult } = call;
  if (prevResult === undefined) throw new CniError(cniCodes.invalidConfig, 'Required prevResult missing');
  assertAllowed(Object.keys(sysctlNames(call.config)));
  const tuning = tuningOf(call);
  if (tuning === undefined) return prevResult;
  const key = partKey(call, 'tuning');
  Host.with(call.env, (host) => attach(host, { mode: 'tuning', key, netns: call.netns, tuning }));
  return tuned(prevResult, call, tuning);
}

/** The result with the interface as it is now; one of the host may have the same name. */
function tuned(result: Result, { ifname }: TuningCall, { mac, mtu }: Tuning): Result {
  const interfaces = result.interfaces.map((one) => {
    const isInside = one.sandbox !== undefined && one.sandbox !== '';
    if (one.name !== ifname || !isInside) return one;
    return { ...one, mac: mac?.toString() ?? one.mac, mtu: mtu ?? one.mtu };
  });
  return { ...result, interfaces };
}

export const tuning = definePlugin({
  type: 'tuning',
  about: 'tsnet tuning: changes settings of the interface and namespace of a container',
  config: tuningConfig,
  args: ['MAC'],
  ...partVerbs('tuning', (call) => tuningOf(call) !== undefined),
  add,
});
