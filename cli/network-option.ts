// The text of --network: a network or a mode, or name=<network>,<key>=<value>,... as Docker has it.
import { Cidr, Ip, Mac } from '../address/index.ts';
import type { NetworkPlace, Place } from '../cnm/sandbox-spec.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { ofOption } from './option-value.ts';

/** What options beside --network say of the first network. */
export interface PlaceOptions {
  readonly ip?: string | undefined;
  readonly ip6?: string | undefined;
  readonly macAddress?: string | undefined;
  readonly alias: readonly string[];
  readonly linkLocalIp: readonly string[];
  readonly gwPriority?: string | undefined;
}

const KEYS = ['name', 'ip', 'ip6', 'mac-address', 'alias', 'link-local-ip', 'gw-priority'];

function wrong(option: string, text: string, why: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `${option} "${text}": ${why}`);
}

function readIp(option: string, text: string, family: 4 | 6): Ip {
  const ip = ofOption(option, () => Ip.parse(text));
  if (ip.family !== family) throw wrong(option, text, `must be an IPv${family} address`);
  return ip;
}

// Not what is written as IPv6 and stands for IPv4: `Ip.isLinkLocal` takes that, too.
const LINK_LOCAL = [Cidr.parse('169.254.0.0/16'), Cidr.parse('fe80::/10')];

function readLinkLocal(text: string): Ip {
  const ip = ofOption('--link-local-ip', () => Ip.parse(text));
  if (!LINK_LOCAL.some((cidr) => cidr.contains(ip)))
    throw wrong('--link-local-ip', text, 'must be in 169.254.0.0/16 or fe80::/10');
  return ip;
}

/** What a sandbox is to be on a network. Throws TSNET_CONFIG or TSNET_ADDRESS for what is none. */
export function placeOn(network: string, options: PlaceOptions): NetworkPlace {
  const { ip, ip6, macAddress, alias, linkLocalIp, gwPriority } = options;
  if (gwPriority !== undefined && !/^-?\d{1,9}$/.test(gwPriority))
    throw wrong('--gw-priority', gwPriority, 'must be a whole number');
  return {
    network: network === 'default' ? 'bridge' : network,
    // An IPv6 address has always been one for --ip, too.
    ip: ip === undefined ? undefined : ofOption('--ip', () => Ip.parse(ip)),
    ip6: ip6 === undefined ? undefined : readIp('--ip6', ip6, 6),
    mac: macAddress === undefined ? undefined : ofOption('--mac-address', () => Mac.parse(macAddress)),
    aliases: alias.map(readName),
    linkLocal: linkLocalIp.map(readLinkLocal),
    priority: gwPriority === undefined ? undefined : Number(gwPriority),
  };
}

// It becomes a word of /etc/hosts.
function readName(alias: string): string {
  if (!/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,252}$/.test(alias))
    throw wrong('alias', alias, 'must be a host name of letters, digits, "_", "." and "-"');
  return alias;
}

function readLong(text: string): NetworkPlace {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (at < 0 || !KEYS.includes(key))
      throw wrong('--network', text, `invalid field key ${at < 0 ? pair : key}: one of ${KEYS.join(', ')}`);
    return [key, value] as const;
  });
  const all = (key: string): string[] => pairs.filter(([name]) => name === key).map(([, value]) => value);
  const [name] = all('name');
  if (name === undefined) throw wrong('--network', text, 'network name/id is not specified: name=<network>');
  const [[ip], [ip6], [macAddress], [gwPriority]] = [
    all('ip'),
    all('ip6'),
    all('mac-address'),
    all('gw-priority'),
  ];
  return placeOn(name, {
    ip,
    ip6,
    macAddress,
    gwPriority,
    alias: all('alias'),
    linkLocalIp: all('link-local-ip'),
  });
}

/**
 * Reads what --network says, each time that it is given, and what further options say of the first. Of several networks
 * without priorities the first is the way out. Throws TSNET_CONFIG for what cannot be had together.
 */
export function readPlace(texts: readonly string[], options: PlaceOptions): Place {
  const [alone] = texts.filter((text) => ['none', 'host'].includes(text) || text.startsWith('container:'));
  if (alone !== undefined) {
    refuseBeside(alone, texts, options);
    if (alone === 'none' || alone === 'host') return { kind: alone };
    return { kind: 'container', sandbox: alone.slice('container:'.length) };
  }
  const places = texts.map((text, at) =>
    text.includes('=') ? readLong(text) : placeOn(text, at === 0 ? options : { alias: [], linkLocalIp: [] }),
  );
  const isOpen = places.length > 1 && places.every(({ priority }) => priority === undefined);
  return {
    kind: 'network',
    networks: places.map((place, at) => (isOpen && at === 0 ? { ...place, priority: 1 } : place)),
  };
}

function refuseBeside(mode: string, texts: readonly string[], options: PlaceOptions): void {
  if (texts.length > 1)
    throw new TsnetError('TSNET_CONFIG', `--network ${mode}: contradicts any other network`);
  const conflict = (what: string): TsnetError =>
    new TsnetError('TSNET_CONFIG', `conflicting options: ${what} and the network mode`);
  if (options.macAddress !== undefined) throw conflict('mac-address');
  if (options.ip !== undefined) throw conflict('--ip');
  if (options.ip6 !== undefined) throw conflict('--ip6');
  if (options.alias.length > 0) throw conflict('network-scoped alias');
  if (options.linkLocalIp.length > 0) throw conflict('--link-local-ip');
}
