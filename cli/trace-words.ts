// The words of `tsnet trace`: whom to call, with what, and for how long.
import { Ip } from '../address/index.ts';
import type { TraceProtocol } from '../cnm/trace/question.ts';
import { isTsnetError, TsnetError } from '../errors/tsnet-error.ts';

/** Whom to call, as it was written. */
export interface Target {
  readonly name: string;
  readonly port: number | undefined;
  readonly protocol: TraceProtocol | undefined;
}

const FORM =
  'must be <sandbox or address>[:port][/tcp, /udp or /icmp], with an IPv6 address in brackets before a port';
const PROTOCOLS: readonly string[] = ['tcp', 'udp', 'icmp'];
const MAX_SECONDS = 3600;

function isAddress(text: string): boolean {
  try {
    Ip.parse(text);
    return true;
  } catch (error) {
    if (isTsnetError(error, 'TSNET_ADDRESS')) return false;
    throw error;
  }
}

function wrong(text: string, why: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `target "${text}": ${why}`);
}

/** Reads `web:80/tcp`, `[fd00::1]:53/udp`, `fd00::1`. Throws TSNET_CONFIG. */
export function readTarget(text: string): Target {
  const [place = '', protocol, ...more] = text.split('/');
  if (more.length > 0) throw wrong(text, FORM);
  if (protocol !== undefined && !PROTOCOLS.includes(protocol))
    throw wrong(text, `"${protocol}" is none of ${PROTOCOLS.join(', ')}`);
  const kind = protocol as TraceProtocol | undefined;
  if (isAddress(place)) return { name: place, port: needed(text, undefined, kind), protocol: kind };
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d+))?$/.exec(place)?.groups ?? {};
  const { v6, name = v6, port } = parts;
  if (name === undefined || (v6 !== undefined && !isAddress(v6))) throw wrong(text, FORM);
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && (number < 1 || number > 65_535)) throw wrong(text, 'ports are from 1 to 65535');
  if (number !== undefined && kind === 'icmp') throw wrong(text, 'an echo of ICMP has no port');
  const standard = number === undefined ? undefined : 'tcp';
  return { name, port: needed(text, number, kind), protocol: kind ?? standard };
}

function needed(
  text: string,
  port: number | undefined,
  protocol: TraceProtocol | undefined,
): number | undefined {
  if (port === undefined && protocol !== undefined && protocol !== 'icmp')
    throw wrong(text, `${protocol} needs a port`);
  return port;
}

/** Reads seconds, and gives milliseconds. Throws TSNET_CONFIG. */
export function readPatience(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds < 0.1 || seconds > MAX_SECONDS)
    throw new TsnetError(
      'TSNET_CONFIG',
      `--wait "${text}": must be a number of seconds from 0.1 to ${MAX_SECONDS}`,
    );
  return seconds * 1000;
}
