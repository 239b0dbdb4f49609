// runtimeConfig: what the runtime passes for the capabilities that a configuration declares (CNI CONVENTIONS.md).

import * as z from 'zod';
import { ipText, macText, requestedAddressText } from './address-text.ts';
import { goInt, goObject } from './go-json.ts';
import { rangeSetSchema } from './ip-range.ts';

/** The transport protocols whose ports can be published. */
const protocols = ['tcp', 'udp', 'sctp'] as const;

const port = goInt.min(1).max(65535);

/** One published port: `hostPort` (on `hostIP`, or on every address of the host) leads to `containerPort`. */
const portMappingSchema = goObject({
  hostPort: port,
  containerPort: port,
  protocol: z
    .string()
    .default('tcp')
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(protocols)),
  hostIP: ipText.optional(),
});

const amount = goInt.min(0);

/** Rates in bits per second, bursts in bits; 0 or absent means no limit. */
const bandwidthSchema = goObject({
  ingressRate: amount.optional(),
  ingressBurst: amount.optional(),
  egressRate: amount.optional(),
  egressBurst: amount.optional(),
});

/** The schema of `runtimeConfig`; unknown capabilities are kept as they are. */
export const capabilitiesSchema = goObject({
  portMappings: z.array(portMappingSchema).optional(),
  ips: z.array(requestedAddressText).optional(),
  mac: macText.optional(),
  ipRanges: z.array(rangeSetSchema).optional(),
  bandwidth: bandwidthSchema.optional(),
  dns: goObject({
    servers: z.array(z.string()).optional(),
    searches: z.array(z.string()).optional(),
    options: z.array(z.string()).optional(),
  }).optional(),
});
