// The "/24" behind an address: what CIDRs and interface addresses have in common.
import { TsnetError } from '../errors/tsnet-error.ts';
import { addressBits, Ip, type Family } from './ip.ts';

/**
 * Reads `address/prefix`, the prefix in decimal without leading zeros; `what` names the text in
 * TSNET_ADDRESS.
 */
export function parseWithPrefix(what: string, text: string): { ip: Ip; prefix: number } {
  const slash = text.indexOf('/');
  if (slash < 0) {
    throw new TsnetError('TSNET_ADDRESS', `${what} "${text}": no prefix, write it as address/prefix`);
  }
  const ip = parseAddress(what, text, text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!/^(0|[1-9]\d*)$/.test(digits)) {
    throw new TsnetError(
      'TSNET_ADDRESS',
      `${what} "${text}": prefix "${digits}" is not a decimal number without leading zeros`,
    );
  }
  const prefix = Number(digits);
  requirePrefix(`${what} "${text}"`, ip.family, prefix);
  return { ip, prefix };
}

/** Throws TSNET_ADDRESS unless `prefix` is a whole number from 0 to 32 (IPv4) or 128 (IPv6). */
export function requirePrefix(what: string, family: Family, prefix: number): void {
  const most = addressBits[family];
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > most) {
    throw new TsnetError(
      'TSNET_ADDRESS',
      `${what}: prefix ${prefix} is not between 0 and ${most} of IPv${family}`,
    );
  }
}

function parseAddress(what: string, text: string, address: string): Ip {
  try {
    return Ip.parse(address);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TsnetError('TSNET_ADDRESS', `${what} "${text}": ${why}`, { cause: error });
  }
}
