// The keys of the `tuning` plugin, as the reference plugin has them.
import {
  boolean,
  goObject,
  integer,
  macText,
  networkConfig,
  optional,
  text,
  textMap,
} from '../../cni/index.ts';
import type { Call, Output } from '../../cni/index.ts';
import { Mac } from '../../address/index.ts';
import type { Tuning } from '../../cnm/request.ts';
import { sysctlsOf } from './sysctl.ts';

const S32_MAX = 0x7fffffff;

const settings = {
  sysctl: optional(textMap),
  mac: optional(macText),
  mtu: optional(integer(0, S32_MAX)),
  promisc: optional(boolean),
  allmulti: optional(boolean),
  txQLen: optional(integer(0, S32_MAX)),
};

export const tuningConfig = networkConfig({
  ...settings,
  /** Where the reference keeps what was before; tsnet's is in its store. */
  dataDir: optional(text),
  args: optional(goObject({ cni: optional(goObject(settings)) })),
});

type TuningConfig = Output<typeof tuningConfig>;

/** All settings by name: those of `args.cni` come before the network's. */
export function sysctlNames({ sysctl, args }: TuningConfig): Record<string, string> {
  return { ...sysctl, ...args?.cni?.sysctl };
}

/**
 * What is to be changed; undefined when nothing is. Of the addresses of the link layer the reference's order holds:
 * `args.cni`, the runtime's, CNI_ARGS, the network's. Throws CniError 7 and TSNET_ADDRESS.
 */
export function tuningOf({ config, args, ifname }: Call<TuningConfig>): Tuning | undefined {
  const own = config.args?.cni ?? {};
  const text = args.get('MAC');
  const fromArgs = text === undefined ? undefined : Mac.parse(text);
  const tuning: Tuning = {
    sysctls: sysctlsOf(sysctlNames(config), ifname),
    mac: own.mac ?? config.runtimeConfig?.mac ?? fromArgs ?? config.mac,
    mtu: orUndefined(own.mtu ?? config.mtu),
    // false is what the reference has when nothing is said: it leaves the interface as it is.
    isPromiscuous: (own.promisc ?? config.promisc) === true ? true : undefined,
    isAllMulticast: own.allmulti ?? config.allmulti,
    queueLength: own.txQLen ?? config.txQLen,
  };
  const { sysctls, ...rest } = tuning;
  const isEmpty = sysctls.length === 0 && Object.values(rest).every((one) => one === undefined);
  return isEmpty ? undefined : tuning;
}

function orUndefined(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}
