// The keys of the `bandwidth` plugin, as the reference plugin has them.
import { amount, CniError, cniCodes, networkConfig, optional } from '../../cni/index.ts';
import type { Call, Output } from '../../cni/index.ts';
import type { RateLimit } from '../../cnm/request.ts';

export const bandwidthConfig = networkConfig({
  ingressRate: optional(amount),
  ingressBurst: optional(amount),
  egressRate: optional(amount),
  egressBurst: optional(amount),
});

type BandwidthConfig = Output<typeof bandwidthConfig>;

/** The limits of one endpoint; undefined in a direction that has none. */
export interface Limits {
  readonly ingress: RateLimit | undefined;
  readonly egress: RateLimit | undefined;
}

/** Version 1.5 of the reference had these keys, 1.6 took them back; saying nothing would slow down more than stated. */
const unsupported = ['shapedsubnets', 'unshapedsubnets'];

/** Throws CniError 2 for a key whose effect the caller would miss. */
export function refuseUnsupported({ rawConfig, config }: Call): void {
  for (const keys of [rawConfig, config.runtimeConfig?.bandwidth ?? {}]) {
    for (const [key, value] of Object.entries(keys as Record<string, unknown>)) {
      const isSet = Array.isArray(value) ? value.length > 0 : Boolean(value);
      if (!isSet || !unsupported.includes(key.toLowerCase())) continue;
      const text = JSON.stringify(value);
      throw new CniError(
        cniCodes.unsupportedField,
        `${key} ${text}: not supported by tsnet bandwidth, leave it out`,
      );
    }
  }
}

function limitOf(rate = 0, burst = 0): RateLimit | undefined {
  if (rate !== 0 && burst === 0)
    throw new CniError(cniCodes.invalidConfig, 'if rate is set, burst must also be set');
  if (rate === 0 && burst !== 0)
    throw new CniError(cniCodes.invalidConfig, 'if burst is set, rate must also be set');
  return rate === 0 ? undefined : { rate, burst };
}

/** In each direction the runtime's limit, or the network's where the runtime has none. Throws CniError 7. */
export function limitsOf({ runtimeConfig, ...config }: BandwidthConfig): Limits {
  const own = runtimeConfig?.bandwidth ?? {};
  return {
    ingress: limitOf(own.ingressRate, own.ingressBurst) ?? limitOf(config.ingressRate, config.ingressBurst),
    egress: limitOf(own.egressRate, own.egressBurst) ?? limitOf(config.egressRate, config.egressBurst),
  };
}
