// The CNI contract: everything a plugin needs to answer a container runtime, and nothing of how networks are made.

export { cidrText, ips, macText } from './address-text.ts';
export { amount } from './capabilities.ts';
export { networkConfig } from './config.ts';
export type { NetworkConfig } from './config.ts';
export { delegate, isForeign } from './delegate.ts';
export type { Command, Env } from './environment.ts';
export { CniError, cniCodes } from './error.ts';
export { goObject, optional, required, withDefault } from './go-json.ts';
export { boolean, checked, integer, list, reader, text, textMap, texts, unknown } from './reader.ts';
export type { Output, Reader, Report } from './reader.ts';
export { invokePlugin } from './invoke.ts';
export type { PluginIo } from './invoke.ts';
export { readIpamConfig } from './ipam-config.ts';
export { definePlugin } from './plugin.ts';
export type { Call, GcCall, Plugin } from './plugin.ts';
export { processIo } from './process-io.ts';
export type { Result } from './result.ts';
export { readStaticConfig } from './static-config.ts';
export { supportedVersions } from './version.ts';
