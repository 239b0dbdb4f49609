// The keys of the `bridge` plugin, as the reference plugin has them.
import * as z from 'zod';
import { goInt, goObject, networkConfig } from '../../cni/index.ts';
import type { NetworkConfig } from '../../cni/index.ts';
import type { BridgeSpec } from '../../cnm/request.ts';

const bridgeName = z
  .string()
  .regex(/^[^\s/:]{1,15}$/, {
    error: 'an interface name has 1 to 15 characters, none of them white space, "/" or ":"',
  })
  .refine((name) => name !== '.' && name !== '..', { error: 'no interface name' });

export const bridgeConfig = networkConfig({
  bridge: bridgeName.default('cni0'),
  isGateway: z.boolean().default(false),
  isDefaultGateway: z.boolean().default(false),
  forceAddress: z.boolean().default(false),
  hairpinMode: z.boolean().default(false),
  promiscMode: z.boolean().default(false),
  mtu: goInt.min(0).max(65535).default(0),
  dns: goObject({
    nameservers: z.array(z.string()).optional(),
    domain: z.string().optional(),
    search: z.array(z.string()).optional(),
    options: z.array(z.string()).optional(),
  }).optional(),
}).refine(({ hairpinMode, promiscMode }) => !(hairpinMode && promiscMode), {
  error: 'cannot set hairpin mode and promiscuous mode at the same time',
});

export type BridgeConfig = z.output<typeof bridgeConfig>;

/** The bridge that a configuration describes. */
export function bridgeSpec(config: BridgeConfig & NetworkConfig): BridgeSpec {
  return {
    name: config.bridge,
    isGateway: config.isGateway || config.isDefaultGateway,
    isDefaultGateway: config.isDefaultGateway,
    forceAddress: config.forceAddress,
    isMasqueraded: config.ipMasq ?? false,
    isHairpin: config.hairpinMode,
    isPromiscuous: config.promiscMode,
    mtu: config.mtu === 0 ? undefined : config.mtu,
  };
}
