// A sandbox as a person asks for it, and what cannot be had together.
import type { Ip, Mac } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { isName } from './names.ts';
import type { PortWish } from './port-choice.ts';
import type { RateLimit } from './request.ts';

/** What a sandbox is to be on a network. */
export interface NetworkPlace {
  /** Its name or id. */
  readonly network: string;
  readonly ip?: Ip | undefined;
  readonly ip6?: Ip | undefined;
  readonly mac?: Mac | undefined;
  readonly aliases: readonly string[];
  /** Further addresses that its neighbours reach it by, of the link alone. */
  readonly linkLocal: readonly Ip[];
  /** The network of the highest is the way out; left out, 0. */
  readonly priority?: number | undefined;
}

/** Where a sandbox is to be: on networks, alone, in the host's network, or in another sandbox. */
export type Place =
  | { readonly kind: 'network'; readonly networks: readonly NetworkPlace[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'host' }
  | { readonly kind: 'container'; readonly sandbox: string };

/** A sandbox as a person asks for it. */
export interface SandboxSpec {
  readonly name?: string | undefined;
  readonly place: Place;
  readonly ports: readonly PortWish[];
  /** Limits on what it receives and on what it sends, in place of those of its networks. */
  readonly ingress?: RateLimit | undefined;
  readonly egress?: RateLimit | undefined;
  readonly hostname?: string | undefined;
  /** Name servers, in place of the host's. */
  readonly dns: readonly Ip[];
  /** Domains that names are looked for in, in place of the host's; "." alone stands for none. */
  readonly dnsSearch: readonly string[];
  /** Options of the resolver, in place of the host's. */
  readonly dnsOptions: readonly string[];
  /** Names with addresses; `host-gateway` is the host as the sandbox reaches it. */
  readonly hosts: readonly (readonly [name: string, address: string])[];
  /** The file that its command writes to. */
  readonly log?: string | undefined;
  readonly command: readonly string[];
}

function conflict(what: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `conflicting options: ${what}`);
}

/** Throws TSNET_CONFIG for what cannot be had together, in the words of Docker where it has some. */
export function refuseConflicts(spec: SandboxSpec): void {
  const { name, place, ports, ingress, egress } = spec;
  if (name !== undefined) assertName(name);
  if (place.kind === 'network') return;
  if (place.kind === 'container') refuseShared(spec, place.sandbox);
  const mode = place.kind === 'container' ? 'container type' : place.kind;
  if (ports.length > 0) throw conflict(`port publishing and the ${mode} network mode`);
  if (ingress !== undefined || egress !== undefined) throw conflict(`bandwidth and the ${mode} network mode`);
}

/** Throws TSNET_CONFIG for what is no name of a sandbox. */
export function assertName(name: string): void {
  if (isName(name)) return;
  throw new TsnetError(
    'TSNET_CONFIG',
    `name "${name}": up to 63 letters, digits, "_", "." and "-", a letter or digit first`,
  );
}

// What belongs to the other sandbox, which has its own.
function refuseShared(
  { name, hostname, dns, dnsSearch, dnsOptions, hosts }: SandboxSpec,
  other: string,
): void {
  if (other === '') throw new TsnetError('TSNET_CONFIG', 'invalid container format container:<name|id>');
  if (other === name) throw new TsnetError('TSNET_CONFIG', 'cannot join own network namespace');
  if (hostname !== undefined) throw conflict('hostname and the network mode');
  if (dns.length + dnsSearch.length + dnsOptions.length > 0) throw conflict('dns and the network mode');
  if (hosts.length > 0) throw conflict('custom host-to-IP mapping and the network mode');
}
