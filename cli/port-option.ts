// The text of -p: [ip:]hostPort:containerPort[/protocol], an IPv6 address in brackets.
import { Ip } from '../address/index.ts';
import type { PortRequest } from '../cnm/request.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { protocols } from '../state/port.ts';
import type { Protocol } from '../state/port.ts';

const form = /^(?:(?<ip>\[[^\]]*\]|[^[\]:]*):)?(?<host>\d+):(?<container>\d+)(?:\/(?<protocol>\w+))?$/;

function wrong(text: string, why: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `-p "${text}": ${why}`);
}

function port(text: string, digits: string): number {
  const number = Number(digits);
  if (number < 1 || number > 65535) throw wrong(text, `port ${digits} is not between 1 and 65535`);
  return number;
}

/** Reads one -p option. Throws TSNET_CONFIG that names the option and what is wrong with it. */
export function readPort(text: string): PortRequest {
  const parts = form.exec(text)?.groups;
  if (parts === undefined)
    throw wrong(text, 'must be [ip:]hostPort:containerPort[/protocol], such as 8080:80 or [::1]:53:53/udp');
  const { ip = '', host = '', container = '', protocol = 'tcp' } = parts;
  const name = protocol.toLowerCase();
  if (!Object.hasOwn(protocols, name))
    throw wrong(text, `protocol "${protocol}" is none of ${Object.keys(protocols).join(', ')}`);
  const address = ip.replace(/^\[|\]$/g, '');
  return {
    protocol: name as Protocol,
    hostPort: port(text, host),
    containerPort: port(text, container),
    hostIp: address === '' ? undefined : readHostIp(text, address),
  };
}

function readHostIp(text: string, address: string): Ip {
  try {
    return Ip.parse(address);
  } catch {
    throw wrong(text, `"${address}" is no IP address`);
  }
}
