// The CNI contract: everything a plugin needs to answer a container runtime, and nothing of how networks are made.

export { parseRequestedAddress } from './address-text.ts';
export type { PortMapping } from './capabilities.ts';
export { networkConfig } from './config.ts';
export type { NetworkConfig } from './config.ts';
export { delegate, findInPath } from './delegate.ts';
export type { Dns } from './dns.ts';
export type { Command, Env } from './environment.ts';
export { CniError, cniCodes } from './error.ts';
export { goInt, goObject } from './go-json.ts';
export { invokePlugin } from './invoke.ts';
export type { PluginIo } from './invoke.ts';
export type { IpRange } from './ip-range.ts';
export { readIpamConfig } from './ipam-config.ts';
export type { IpamConfig } from './ipam-config.ts';
export { definePlugin } from './plugin.ts';
export type { Attachment, Call, GcCall, Plugin } from './plugin.ts';
export { processIo } from './process-io.ts';
export { decodeResult } from './result-decoding.ts';
export { encodeResult } from './result-encoding.ts';
export type { Result, ResultInterface, ResultIp } from './result.ts';
export type { Route } from './route.ts';
export { newestVersion, supportedVersions } from './version.ts';
export type { CniVersion } from './version.ts';
