// Who is meant by the words of a trace: sandboxes and containers by name, the host, addresses.
import { anyAddress, portsOf } from '../../state/port.ts';
import { Ip } from '../../address/index.ts';
import { didYouMean } from '../../errors/nearest.ts';
import { isTsnetError, TsnetError } from '../../errors/tsnet-error.ts';
import type { Database } from '../../state/database.ts';
import { listEndpoints } from '../../state/endpoint.ts';
import { leasesOf } from '../../state/lease.ts';
import type { Lease } from '../../state/lease.ts';
import type { PublishedPort } from '../../state/port.ts';
import { isStoreAt, runDatabase } from '../../state/place.ts';
import { findSandbox, listSandboxes } from '../../state/sandbox.ts';
import type { Host } from '../host.ts';
import type { Door, Place, Question, TraceProtocol } from './question.ts';

/** What a person has asked. */
export interface Words {
  readonly from: string;
  readonly to: string;
  readonly port: number | undefined;
  readonly protocol: TraceProtocol | undefined;
  /** In milliseconds; by default 2,000 for an answer, and 60,000 for a connection to come. */
  readonly patience: number | undefined;
}

/** A place with what leads to it. */
interface End extends Place {
  readonly leases: readonly Lease[];
  readonly ports: readonly PublishedPort[];
}

const HOST_NAME = 'host';
const OWN_NETNS = '/proc/self/ns/net';
const PATIENCE = { answer: 2_000, call: 60_000 } as const;
const theHost: End = { name: HOST_NAME, netns: undefined, isHere: true, leases: [], ports: [] };
const loopback = Ip.parse('127.0.0.1');

function addressIn(text: string): Ip | undefined {
  try {
    return Ip.parse(text);
  } catch (error) {
    if (isTsnetError(error, 'TSNET_ADDRESS')) return undefined;
    throw error;
  }
}

function endOf(db: Database, container: string, name: string, ownNetns?: string): End | undefined {
  const own = listEndpoints(db, 'container', container);
  const shared = own.flatMap(({ shares }) =>
    shares === undefined ? [] : listEndpoints(db, 'container', shares),
  );
  const endpoints = [...own, ...shared];
  const netns = ownNetns ?? endpoints[0]?.netns;
  if (netns === undefined) return undefined;
  return {
    ...{ name, isHere: true, netns: netns === OWN_NETNS ? undefined : netns },
    leases: endpoints.flatMap(({ id }) => leasesOf(db, id)),
    ports: endpoints.flatMap(({ id }) => portsOf(db, id)),
  };
}

function named(db: Database | undefined, name: string): End {
  if (name === HOST_NAME) return theHost;
  const sandbox = db && findSandbox(db, name);
  const found = db && endOf(db, sandbox?.id ?? name, sandbox?.name ?? name, sandbox?.netns);
  if (found !== undefined) return found;
  const names = db === undefined ? [] : listSandboxes(db).map((one) => one.name);
  throw new TsnetError(
    'TSNET_NOT_FOUND',
    `no such sandbox or address: ${name}${didYouMean(name, [HOST_NAME, ...names])} (tsnet ps)`,
  );
}

/** Every place that the store knows addresses of. */
function everyEnd(db: Database): End[] {
  const names = new Map(listSandboxes(db).map(({ id, name }) => [id, name]));
  const containers = new Set(listEndpoints(db, 'all').map(({ container }) => container));
  return [...containers].flatMap((id) => endOf(db, id, names.get(id) ?? id.slice(0, 12)) ?? []);
}

function holderOf(db: Database | undefined, ip: Ip, port?: number): End | undefined {
  const ends = db === undefined ? [] : everyEnd(db);
  const byLease = ends.find(({ leases }) => leases.some(({ address }) => address.ip.equals(ip)));
  const isDoor = ({ hostIp, hostPort }: PublishedPort): boolean =>
    hostPort === port && (hostIp.equals(ip) || hostIp.equals(anyAddress[ip.family]));
  return byLease ?? ends.find(({ ports }) => ports.some(isDoor));
}

// On a network that both are on, if there is one; in the family that the caller has.
function destinationFor(from: End, to: End, source: Ip | undefined): Ip {
  if (to.netns === undefined)
    return from.leases.find(({ gateway }) => gateway !== undefined)?.gateway ?? loopback;
  const isOfFamily = ({ address }: Lease): boolean =>
    source === undefined || address.ip.family === source.family;
  const possible = to.leases.filter(isOfFamily);
  const near = possible.find(({ network }) => from.leases.some((one) => one.network === network));
  const lease = near ?? possible[0];
  if (lease === undefined)
    throw new TsnetError('TSNET_CONFIG', `"${to.name}" has no address that could be called: name one`);
  return lease.address.ip;
}

function doorsTo(to: End, destination: Ip, { port, protocol }: Words): Door[] {
  const published = to.ports.filter(
    (one) =>
      (port === undefined || one.containerPort === port || one.hostPort === port) &&
      (protocol === undefined || one.protocol === protocol) &&
      one.hostIp.family === destination.family,
  );
  return [
    { address: destination, port, protocol },
    ...published.flatMap((one): Door[] => {
      if (one.protocol === 'sctp') return [];
      const address = one.hostIp.isUnspecified ? undefined : one.hostIp;
      const { protocol: kind } = one;
      // Before the host has translated it, and in the sandbox.
      return [
        { address, port: one.hostPort, protocol: kind },
        { address: one.containerIp, port: one.containerPort, protocol: kind },
      ];
    }),
  ];
}

/** Finds out what is asked. Throws TSNET_NOT_FOUND, and TSNET_CONFIG for what cannot be sent. */
export function understand(host: Host, words: Words): Question {
  const db = isStoreAt(runDatabase(host.places.run)) ? host.db : undefined;
  const { port } = words;
  const source = addressIn(words.from);
  const target = addressIn(words.to);
  const inside = source && holderOf(db, source);
  const outside: End = { ...theHost, name: words.from, isHere: false };
  const from = source === undefined ? named(db, words.from) : (inside ?? outside);
  const to =
    target === undefined
      ? named(db, words.to)
      : (holderOf(db, target, port) ?? { ...theHost, name: words.to, isHere: false });
  const destination = target ?? destinationFor(from, to, source);
  const isSent = from.isHere;
  if (source !== undefined && source.family !== destination.family)
    throw new TsnetError(
      'TSNET_CONFIG',
      `"${words.from}" and "${destination.toString()}" are of different families`,
    );
  return {
    ...{ from, to, destination, port },
    source: isSent ? undefined : source,
    protocol: words.protocol ?? (isSent ? 'icmp' : undefined),
    doors: doorsTo(to, destination, words),
    patience: words.patience ?? (isSent ? PATIENCE.answer : PATIENCE.call),
  };
}
