// The options of a sandbox that `run` and `create` have both.
import type { Command } from 'commander';
import { Ip } from '../address/index.ts';
import { readRate } from '../cnm/rate.ts';
import { HOST_GATEWAY } from '../cnm/sandbox-hosts.ts';
import type { SandboxSpec } from '../cnm/sandbox-spec.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { readPlace } from './network-option.ts';
import { ofOption } from './option-value.ts';
import { readPort } from './port-option.ts';

/** What was said, as text. */
export interface SandboxOptions {
  network?: string[];
  publish: string[];
  name?: string;
  ip?: string;
  ip6?: string;
  macAddress?: string;
  networkAlias: string[];
  linkLocalIp: string[];
  bandwidthIn?: string;
  bandwidthOut?: string;
  hostname?: string;
  dns: string[];
  dnsSearch: string[];
  dnsOption: string[];
  addHost: string[];
}

/** Gathers what an option says each time that it is given. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Declares them. */
export function addSandboxOptions(command: Command): Command {
  return command
    .option(
      '--network <where>',
      'a network, or bridge (the default), none, host, container:<name>; of several networks, the first is the way out; ' +
        'or name=<network>,ip=...,ip6=...,mac-address=...,alias=...,link-local-ip=...,gw-priority=...',
      collect,
    )
    .option(
      '-p, --publish <port>',
      'publish a port: [ip:][host:]container[/protocol]; host may be a range, of which one is taken for one port, or ' +
        'left out for any that is free; may be repeated',
      collect,
      [],
    )
    .option('--name <name>', 'the name of the sandbox')
    .option('--ip <address>', 'the address to ask for')
    .option('--ip6 <address>', 'the IPv6 address to ask for')
    .option('--mac-address <address>', 'its link-layer address')
    .option(
      '--network-alias <name>',
      'a further name for the members of its network; may be repeated',
      collect,
      [],
    )
    .option('--link-local-ip <address>', 'a further address, of the link alone; may be repeated', collect, [])
    .option('--bandwidth-in <rate>', 'the most it receives, in bits per second: 500k, 10M, 1G')
    .option('--bandwidth-out <rate>', 'the most it sends')
    .option('--hostname <name>', 'the name of its host; that of the sandbox, if left out')
    .option('--dns <address>', "a name server, in place of the host's; may be repeated", collect, [])
    .option(
      '--dns-search <domain>',
      "a domain that names are looked for in, in place of the host's, or . for none; may be repeated",
      collect,
      [],
    )
    .option(
      '--dns-option <option>',
      "an option of the resolver, in place of the host's; may be repeated",
      collect,
      [],
    )
    .option(
      '--add-host <name:address>',
      `a line for /etc/hosts; address may be ${HOST_GATEWAY}`,
      collect,
      [],
    );
}

/** What the options ask for. Throws TSNET_CONFIG or TSNET_ADDRESS. */
export function readSpec(options: SandboxOptions, command: readonly string[], log?: string): SandboxSpec {
  const {
    network = ['bridge'],
    publish,
    name,
    bandwidthIn,
    bandwidthOut,
    hostname,
    networkAlias: alias,
  } = options;
  return {
    name,
    place: readPlace(network, { ...options, alias }),
    ports: publish.flatMap(readPort),
    ingress: bandwidthIn === undefined ? undefined : readRate('--bandwidth-in', bandwidthIn),
    egress: bandwidthOut === undefined ? undefined : readRate('--bandwidth-out', bandwidthOut),
    hostname: hostname === undefined ? undefined : readHostname(hostname),
    dns: options.dns.map((text) => ofOption('--dns', () => Ip.parse(text))),
    dnsSearch: options.dnsSearch.map(readDomain),
    dnsOptions: options.dnsOption.map(readDnsOption),
    hosts: options.addHost.map(readHost),
    log,
    command,
  };
}

// sethostname(2) takes 64 bytes.
function readHostname(text: string): string {
  if (/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,63}$/.test(text)) return text;
  throw new TsnetError(
    'TSNET_CONFIG',
    `--hostname "${text}": up to 64 letters, digits, "_", "." and "-", a letter or digit first`,
  );
}

function readDomain(text: string): string {
  const isDomain = /^[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62})(\.[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})*\.?$/.test(text);
  if (text === '.' || (isDomain && text.length <= 255)) return text;
  throw new TsnetError('TSNET_CONFIG', `--dns-search "${text}": is no valid domain, such as example.com`);
}

// What resolv.conf(5) has are words, some with a number.
function readDnsOption(text: string): string {
  if (/^[a-z0-9-]+(:\d+)?$/.test(text)) return text;
  throw new TsnetError(
    'TSNET_CONFIG',
    `--dns-option "${text}": must be an option of resolv.conf(5), such as ndots:2 or rotate`,
  );
}

// Docker takes both "name:address" and "name=address"; an IPv6 address may have brackets.
function readHost(text: string): readonly [string, string] {
  const [, name, address = ''] = /^([a-zA-Z0-9_][a-zA-Z0-9_.-]*)[:=](.+)$/.exec(text) ?? [];
  if (name === undefined)
    throw new TsnetError(
      'TSNET_CONFIG',
      `--add-host "${text}": bad format for add-host: must be name:address`,
    );
  if (address === HOST_GATEWAY) return [name, address];
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  return [name, ofOption(`--add-host ${name}`, () => Ip.parse(bare)).toString()];
}
