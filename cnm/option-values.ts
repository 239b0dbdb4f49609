// The values that options of networks have, read strictly: each function throws TSNET_CONFIG for what is none.
import { Ip } from '../address/index.ts';
import type { Family } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { isLinkName } from './interface/names.ts';
import { readRate } from './rate.ts';
import type { RateLimit } from './request.ts';

/** How an address family of a network meets the world; `nat` unless told otherwise. */
const gatewayModes = ['nat', 'routed', 'isolated'] as const;
export type GatewayMode = (typeof gatewayModes)[number];

/** Room for the number behind a prefix, in a name of 15 characters. */
const PREFIX_LENGTH = 11;

/** The error for a value that an option does not have. */
function wrong(name: string, value: string, right: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `option ${name} "${value}": must be ${right}`);
}

export function readBoolean(name: string, value: string | undefined, standard: boolean): boolean {
  if (value === undefined) return standard;
  if (['true', '1'].includes(value)) return true;
  if (['false', '0'].includes(value)) return false;
  throw wrong(name, value, 'true or false');
}

/** In bytes. */
export function readMtu(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  // 1280 is what IPv6 needs (RFC 8200, 5), 68 what IPv4 needs (RFC 791).
  if (number < 68 || number > 65535) throw wrong(name, value, 'a number of bytes from 68 to 65535');
  return number;
}

export function readPace(name: string, value: string | undefined): RateLimit | undefined {
  return value === undefined ? undefined : readRate(`option ${name}`, value);
}

export function readLinkName(name: string, value: string | undefined): string | undefined {
  if (value === undefined || isLinkName(value)) return value;
  throw wrong(name, value, 'an interface name of 1 to 15 characters without white space, "/" and ":"');
}

/** What interfaces are called before their number. */
export function readLinkPrefix(name: string, value = 'eth'): string {
  if (value.length <= PREFIX_LENGTH && isLinkName(value) && !/\d$/.test(value) && !value.includes('%'))
    return value;
  throw wrong(
    name,
    value,
    `the beginning of interface names, 1 to ${PREFIX_LENGTH} characters without white space, "/", ":" and "%", no digit last`,
  );
}

/** An address, of that family if one is named. */
export function readAddress(name: string, value: string | undefined, family?: Family): Ip | undefined {
  if (value === undefined) return undefined;
  const ip = parseAddress(value);
  if (ip !== undefined && (family === undefined || ip.family === family)) return ip;
  throw wrong(name, value, family === undefined ? 'an address of the host' : `an IPv${family} address`);
}

/** The same, of one that a packet can come from. */
export function readSource(name: string, value: string | undefined, family: Family): Ip | undefined {
  const ip = readAddress(name, value, family);
  if (ip?.isUnspecified === true) throw wrong(name, ip.toString(), 'an address of the host');
  return ip;
}

function parseAddress(value: string): Ip | undefined {
  try {
    return Ip.parse(value);
  } catch {
    return undefined;
  }
}

export function readGatewayMode(name: string, value = 'nat'): GatewayMode {
  const mode = gatewayModes.find((one) => one === value);
  if (mode !== undefined) return mode;
  const hint = value === 'nat-unprotected' ? ' (nat with tsnet.direct_routing=true is what that is)' : '';
  throw wrong(name, value, `nat, routed or isolated${hint}`);
}
