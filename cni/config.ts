// The network configuration that a plugin reads from stdin (CNI spec 1.1.0, section 1 and "Execution protocol").

import * as z from 'zod';
import { macText, requestedAddressText } from './address-text.ts';
import { capabilitiesSchema } from './capabilities.ts';
import { dnsSchema } from './dns.ts';
import { identifierPattern } from './environment.ts';
import { CniError, cniCodes } from './error.ts';
import { goObject } from './go-json.ts';
import { validate } from './validate.ts';

const headerSchema = goObject({ cniVersion: z.string().default('0.1.0'), name: z.string().optional() });

const networkConfigShape = {
  type: z.string().optional(),
  ipam: goObject({ type: z.string().optional() }).optional(),
  dns: dnsSchema.optional(),
  ipMasq: z.boolean().optional(),
  runtimeConfig: capabilitiesSchema.optional(),
  args: goObject({
    cni: goObject({ ips: z.array(requestedAddressText).optional(), mac: macText.optional() }).optional(),
  }).optional(),
  prevResult: z.unknown().optional(),
};

/** The schema of a plugin's configuration: the keys every plugin has, and those of `shape`. */
export function networkConfig<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return goObject({ ...networkConfigShape, ...shape });
}

/** The keys that every plugin's configuration has, parsed. */
export type NetworkConfig = z.output<ReturnType<typeof goObject<typeof networkConfigShape>>>;

/**
 * The schema that DEL reads a configuration with: whatever made ADD refuse it, or has changed since, must not keep a
 * container from being deleted. Only what names an IPAM plugin is looked at.
 */
export const deletionConfig: z.ZodType<NetworkConfig> = goObject({
  ipam: goObject({ type: z.string().optional() }).optional().catch(undefined),
  prevResult: z.unknown().optional(),
}).transform(({ ipam, prevResult }) => ({ ipam, prevResult }));

/** A configuration before the plugin's own schema has seen it. */
export interface RawConfig {
  /** The name of the network. */
  network: string;
  /** `cniVersion` as written, whether supported or not; 0.1.0 when absent. */
  version: string;
  /** The object as received. */
  json: Readonly<Record<string, unknown>>;
}

/**
 * Reads what every version of CNI agrees on. Throws a CniError 6 for bytes that are no JSON object and 7 for a
 * network name that is missing or malformed.
 */
export function readConfig(bytes: Uint8Array): RawConfig {
  const json = readJsonObject(bytes);
  const { cniVersion, name } = validate(headerSchema, json);
  if (name === undefined) throw new CniError(cniCodes.invalidConfig, 'missing network name');
  if (!identifierPattern.test(name))
    throw new CniError(cniCodes.invalidConfig, 'invalid characters found in network name', name);
  return { network: name, version: cniVersion, json };
}

function readJsonObject(bytes: Uint8Array): Record<string, unknown> {
  const text = new TextDecoder().decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = text.trim() === '' ? 'stdin is empty' : (error as Error).message;
    throw new CniError(cniCodes.decode, 'network configuration: not JSON', reason);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CniError(cniCodes.decode, 'network configuration: not a JSON object');
  return value as Record<string, unknown>;
}
