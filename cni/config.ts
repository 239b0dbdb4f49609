// The network configuration that a plugin reads from stdin (CNI spec 1.1.0, section 1 and "Execution protocol").

import { macText, requestedAddressText } from './address-text.ts';
import { capabilities } from './capabilities.ts';
import { dnsReader } from './dns.ts';
import { identifierPattern } from './environment.ts';
import { CniError, cniCodes } from './error.ts';
import { goObject, optional, withDefault } from './go-json.ts';
import { boolean, list, text, unknown } from './reader.ts';
import type { Shape, ShapeOutput } from './go-json.ts';
import { validate } from './validate.ts';

const header = goObject({ cniVersion: withDefault('0.1.0', text), name: optional(text) });

const ipamType = goObject({ type: optional(text), dataDir: optional(text) });

const conventionalArgs = goObject({ ips: optional(list(requestedAddressText)), mac: optional(macText) });

const networkConfigShape = {
  type: optional(text),
  ipam: optional(ipamType),
  dns: optional(dnsReader),
  ipMasq: optional(boolean),
  runtimeConfig: optional(capabilities),
  args: optional(goObject({ cni: optional(conventionalArgs) })),
  prevResult: optional(unknown),
};

/** The reader of a plugin's configuration: the keys every plugin has, and those of `shape`. */
export function networkConfig<const S extends Shape>(shape: S) {
  return goObject({ ...networkConfigShape, ...shape });
}

/** The keys that every plugin's configuration has, parsed. */
export type NetworkConfig = ShapeOutput<typeof networkConfigShape>;

/**
 * What DEL reads of a configuration: no more than tells who gave the addresses. Whatever made ADD refuse the rest, or has
 * changed since, must not keep a container from being deleted.
 */
export function deletionConfig(json: Readonly<Record<string, unknown>>): NetworkConfig {
  const { ipam, prevResult } = validate(ipamAndPrevResult, json);
  return { ipam: ipamType.quick(ipam), prevResult };
}

const ipamAndPrevResult = goObject({ ipam: optional(unknown), prevResult: optional(unknown) });

/** A configuration before the plugin's own schema has seen it. */
export interface RawConfig {
  /** The name of the network. */
  network: string;
  /** `cniVersion` as written, whether supported or not; 0.1.0 when absent. */
  version: string;
  /** The object as received. */
  json: Readonly<Record<string, unknown>>;
}

/** The configurations that came lately, by their text. */
const known = new Map<string, RawConfig>();
const MOST_KNOWN = 16;
const LONGEST_KNOWN = 16 * 1024;

const decoder = new TextDecoder();

/**
 * Reads what every version of CNI agrees on. A process that stays reads most configurations once: those without a result in
 * them are the same for all containers of a network, and the same text gives the same object, which nobody changes. Throws
 * a CniError 6 for bytes that are no JSON object and 7 for a network name that is missing or malformed.
 */
export function readConfig(bytes: Uint8Array): RawConfig {
  const written = decoder.decode(bytes);
  const config = known.get(written) ?? readText(written);
  if (config.json['prevResult'] === undefined && written.length <= LONGEST_KNOWN) remember(written, config);
  return config;
}

// The one that has not come for longest goes first.
function remember(written: string, config: RawConfig): void {
  known.delete(written);
  known.set(written, config);
  if (known.size <= MOST_KNOWN) return;
  const [oldest = ''] = known.keys();
  known.delete(oldest);
}

function readText(written: string): RawConfig {
  const json = readJsonObject(written);
  const { cniVersion, name } = validate(header, json);
  if (name === undefined) throw new CniError(cniCodes.invalidConfig, 'missing network name');
  if (!identifierPattern.test(name))
    throw new CniError(cniCodes.invalidConfig, 'invalid characters found in network name', name);
  return { network: name, version: cniVersion, json };
}

function readJsonObject(written: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch (error) {
    const reason = written.trim() === '' ? 'stdin is empty' : (error as Error).message;
    throw new CniError(cniCodes.decode, 'network configuration: not JSON', reason);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CniError(cniCodes.decode, 'network configuration: not a JSON object');
  return value as Record<string, unknown>;
}
