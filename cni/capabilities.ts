// runtimeConfig: what the runtime passes for the capabilities that a configuration declares (CNI CONVENTIONS.md).

import { ipText, macText, requestedAddressText } from './address-text.ts';
import { goObject, optional, required, withDefault } from './go-json.ts';
import { integer, list, reader, text, texts } from './reader.ts';
import { rangeSet } from './ip-range.ts';

/** The transport protocols whose ports can be published. */
const protocols = ['tcp', 'udp', 'sctp'] as const;

const port = integer(1, 65535);

const protocol = reader(
  (z) =>
    z.pipe(
      z.string(),
      z.pipe(
        z.transform((name: string) => name.toLowerCase()),
        z.enum(protocols),
      ),
    ),
  (value) => protocols.find((name) => typeof value === 'string' && name === value.toLowerCase()),
);

/** One published port: `hostPort` (on `hostIP`, or on every address of the host) leads to `containerPort`. */
const portMapping = goObject({
  hostPort: required(port),
  containerPort: required(port),
  protocol: withDefault('tcp', protocol),
  hostIP: optional(ipText),
});

/**
 * Bits, or bits per second, up to 2^64: there are runtimes that ask for the biggest number they have. Beyond 2^53 the last
 * digits are lost, which no rate will miss.
 */
export const amount = reader(
  (z) => z.number().check(z.refine(isAmount, 'expected an integer from 0 to 2^64')),
  (value) => (isAmount(value) ? value : undefined),
);

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2 ** 64;
}

/** Rates in bits per second, bursts in bits; 0 or absent means no limit. */
const bandwidth = goObject({
  ingressRate: optional(amount),
  ingressBurst: optional(amount),
  egressRate: optional(amount),
  egressBurst: optional(amount),
});

const resolver = goObject({
  servers: optional(texts),
  searches: optional(texts),
  options: optional(texts),
});

/** Reads `runtimeConfig`; unknown capabilities are kept as they are. */
export const capabilities = goObject({
  portMappings: optional(list(portMapping)),
  ips: optional(list(requestedAddressText)),
  mac: optional(macText),
  ipRanges: optional(list(rangeSet)),
  bandwidth: optional(bandwidth),
  dns: optional(resolver),
  deviceID: optional(text),
});
