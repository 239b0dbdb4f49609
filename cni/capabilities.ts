// runtimeConfig: what the runtime passes for the capabilities that a configuration declares (CNI CONVENTIONS.md).

import * as z from 'zod/mini';
import { ipText, macText, requestedAddressText } from './address-text.ts';
import { goObject, integer, lazily, optional, required, texts, withDefault } from './go-json.ts';
import { rangeSet } from './ip-range.ts';

/** The transport protocols whose ports can be published. */
const protocols = ['tcp', 'udp', 'sctp'] as const;

const port = integer(1, 65535);

const protocol = lazily(() =>
  z.pipe(
    z.string(),
    z.pipe(
      z.transform((name: string) => name.toLowerCase()),
      z.enum(protocols),
    ),
  ),
);

/** One published port: `hostPort` (on `hostIP`, or on every address of the host) leads to `containerPort`. */
const portMapping = lazily(() =>
  goObject({
    hostPort: required(port),
    containerPort: required(port),
    protocol: withDefault('tcp', protocol),
    hostIP: optional(ipText),
  }),
);

const amount = integer(0, Number.MAX_SAFE_INTEGER);

/** Rates in bits per second, bursts in bits; 0 or absent means no limit. */
const bandwidth = lazily(() =>
  goObject({
    ingressRate: optional(amount),
    ingressBurst: optional(amount),
    egressRate: optional(amount),
    egressBurst: optional(amount),
  }),
);

const resolver = lazily(() =>
  goObject({ servers: optional(texts), searches: optional(texts), options: optional(texts) }),
);

/** The schema of `runtimeConfig`; unknown capabilities are kept as they are. */
export const capabilities = lazily(() =>
  goObject({
    portMappings: optional(() => z.array(portMapping())),
    ips: optional(() => z.array(requestedAddressText())),
    mac: optional(macText),
    ipRanges: optional(() => z.array(rangeSet())),
    bandwidth: optional(bandwidth),
    dns: optional(resolver),
  }),
);
