// The text of -p: [[ip:][host[-host]]:]container[-container][/protocol], an IPv6 address in brackets.
import { Ip } from '../address/index.ts';
import type { PortRange, PortWish } from '../cnm/port-choice.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { protocols } from '../state/port.ts';
import type { Protocol } from '../state/port.ts';

const form =
  /^(?:(?:(?<ip>\[[^\]]*\]|[^[\]:]*):)?(?<host>(?:\d+(?:-\d+)?)?):)?(?<container>\d+(?:-\d+)?)(?:\/(?<protocol>\w+))?$/;

function wrong(text: string, why: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `-p "${text}": ${why}`);
}

function port(text: string, digits: string): number {
  const number = Number(digits);
  if (number < 1 || number > 65535) throw wrong(text, `port ${digits} is not between 1 and 65535`);
  return number;
}

function readRange(text: string, range: string): PortRange {
  const [first = '', last = first] = range.split('-');
  const ports = { first: port(text, first), last: port(text, last) };
  if (ports.first > ports.last) throw wrong(text, `range ${range} ends before it begins`);
  return ports;
}

function length({ first, last }: PortRange): number {
  return last - first + 1;
}

/**
 * Reads one -p option, as Docker does: of a range of the host's for one port of the sandbox any is meant, without a host
 * port any that is free. Throws TSNET_CONFIG that names the option and what is wrong with it.
 */
export function readPort(text: string): PortWish[] {
  const parts = form.exec(text)?.groups;
  if (parts === undefined)
    throw wrong(
      text,
      'must be [ip:]hostPort:containerPort[/protocol], such as 8080:80, 8000-8009:80, 80 or [::1]:53:53/udp',
    );
  const { ip = '', host = '', container = '', protocol = 'tcp' } = parts;
  const name = protocol.toLowerCase();
  if (!Object.hasOwn(protocols, name))
    throw wrong(text, `protocol "${protocol}" is none of ${Object.keys(protocols).join(', ')}`);
  const address = ip.replace(/^\[|\]$/g, '');
  const common = {
    protocol: name as Protocol,
    hostIp: address === '' ? undefined : readHostIp(text, address),
  };
  const inside = readRange(text, container);
  const outside = host === '' ? undefined : readRange(text, host);
  const count = length(inside);
  if (outside !== undefined && count > 1 && length(outside) !== count)
    throw wrong(text, `invalid ranges specified for container and host Ports: ${container} and ${host}`);
  return Array.from({ length: count }, (_, at) => ({
    ...common,
    containerPort: inside.first + at,
    hostPorts: count === 1 ? outside : pick(outside, at),
  }));
}

function pick(outside: PortRange | undefined, at: number): PortRange | undefined {
  return outside === undefined ? undefined : { first: outside.first + at, last: outside.first + at };
}

function readHostIp(text: string, address: string): Ip {
  try {
    return Ip.parse(address);
  } catch {
    throw wrong(text, `"${address}" is no IP address`);
  }
}
