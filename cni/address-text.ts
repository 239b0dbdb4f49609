// Addresses in JSON: schemas that turn text into the values of address/.

import type { core } from 'zod/mini';
import { Cidr, InterfaceAddress, Ip, Mac } from '../address/index.ts';
import { isTsnetError, TsnetError } from '../errors/tsnet-error.ts';
import { list, reader } from './reader.ts';
import type { Reader, Zod } from './reader.ts';

/** `"10.1.0.2"` or `"fd00::2"`. */
export const ipText = parsedText((text) => Ip.parse(text));

/** A list of addresses. */
export const ips = list(ipText);

/** `"10.1.0.0/24"`: a network, host bits refused. */
export const cidrText = parsedText((text) => Cidr.parse(text));

/** `"10.1.0.2/24"`: an address with its prefix length. */
export const interfaceAddressText = parsedText((text) => InterfaceAddress.parse(text));

/** `"10.1.0.2/24"` read as the network it lies in, for the destinations of routes in other plugins' results. */
export const maskedCidrText = parsedText((text) => InterfaceAddress.parse(text).network);

/** `"02:42:0a:01:00:02"`. */
export const macText = parsedText((text) => Mac.parse(text));

/** An address somebody asks for: `"10.1.0.2"` (an Ip) or `"10.1.0.2/24"` (an InterfaceAddress). */
export const requestedAddressText = parsedText(parseRequestedAddress);

/** Parses `ip` or `ip/prefix`; throws TSNET_ADDRESS. */
export function parseRequestedAddress(text: string): Ip | InterfaceAddress {
  return text.includes('/') ? InterfaceAddress.parse(text) : Ip.parse(text);
}

function parsedText<T>(parse: (text: string) => T): Reader<T> {
  const attempt = (text: string): T | TsnetError => {
    try {
      return parse(text);
    } catch (error) {
      if (isTsnetError(error, 'TSNET_ADDRESS')) return error;
      throw error;
    }
  };
  const parsed =
    (z: Zod) =>
    (text: string, context: core.ParsePayload): T => {
      const outcome = attempt(text);
      if (!(outcome instanceof TsnetError)) return outcome;
      context.issues.push({ code: 'custom', input: text, message: reason(outcome.message, text) });
      return z.NEVER;
    };
  return reader(
    (z) => z.pipe(z.string(), z.transform(parsed(z))),
    (value) => {
      const outcome = typeof value === 'string' ? attempt(value) : undefined;
      return outcome instanceof TsnetError ? undefined : outcome;
    },
  );
}

/** What follows the value in address/'s `cidr "10.1.0.0/33": why`; the issue is reported with key and value anyway. */
function reason(message: string, text: string): string {
  const value = `"${text}": `;
  const at = message.indexOf(value);
  return at === -1 ? message : message.slice(at + value.length);
}
