// Clients: what a place of the lab gets when it calls an address.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import type { Lab } from './lab.ts';

/** A service as a client names it; `address` without brackets. */
export interface Service {
  readonly address: string;
  readonly port: number;
  readonly protocol?: 'tcp' | 'udp' | undefined;
}

/** How long a client waits, in seconds: an answer may take its time, but silence has to be told from it somehow. */
const PATIENCE = 5;
const SILENCE = 0.6;
const LONG_SILENCE = 1;

function client({ address, port, protocol }: Service, seconds: number): string[] {
  if (protocol === 'udp') {
    // head takes the datagram whole; the shell's own read would take its first byte and lose the rest.
    const talk = 'exec 3<>"/dev/udp/$0/$1"; echo hello >&3; timeout "$2" head -n 1 <&3';
    return ['bash', '-ec', talk, address, String(port), String(seconds)];
  }
  const host = address.includes(':') ? `[${address}]` : address;
  return ['curl', '-sgf', '--noproxy', '*', '-m', String(seconds), `http://${host}:${port}/`];
}

/** What the service answers; undefined when it refuses or nothing comes. */
export function reach(lab: Lab, from: string, service: Service): string | undefined {
  const { status, stdout } = lab.attempt(from, client(service, PATIENCE));
  return status === 0 ? stdout.trim() : undefined;
}

/** Tells whether a service gives no answer. */
export function isSilent(lab: Lab, from: string, service: Service): boolean {
  return lab.attempt(from, client(service, SILENCE)).status !== 0;
}

/** Tells whether a service answers; several may be asked at the same time. Of one that is expected to, more patience is had. */
export async function answers(
  lab: Lab,
  from: string,
  service: Service,
  isExpected: boolean,
): Promise<boolean> {
  const [file, args] = lab.inside(from, client(service, isExpected ? PATIENCE : LONG_SILENCE));
  const [status] = (await once(spawn(file, args, { stdio: 'ignore' }), 'exit')) as [number | null];
  return status === 0;
}

/** Of these services, those that answer: all are called at the same time, since silence has to be waited for. */
export async function answering<S extends Service>(
  lab: Lab,
  from: string,
  services: readonly S[],
): Promise<S[]> {
  const outcomes = await Promise.all(services.map((service) => answers(lab, from, service, false)));
  return services.filter((_, at) => outcomes[at]);
}

/** None of these addresses may answer on a port. */
export async function expectSilence(
  lab: Lab,
  from: string,
  addresses: readonly string[],
  port = 80,
): Promise<void> {
  const heard = await answering(
    lab,
    from,
    addresses.map((address) => ({ address, port })),
  );
  expect([from, heard]).toEqual([from, []]);
}

/** All of these addresses have to answer on a port, and are given time to. */
export function expectAnswers(lab: Lab, from: string, addresses: readonly string[], port = 80): void {
  for (const address of addresses)
    expect([from, address, reach(lab, from, { address, port })]).not.toContain(undefined);
}

/** Tells whether one ping is answered. */
export function ping(lab: Lab, from: string, address: string, source?: string): boolean {
  const by = source === undefined ? [] : ['-I', source];
  return lab.attempt(from, ['ping', '-n', '-c', '1', '-W', String(PATIENCE), ...by, address]).status === 0;
}

/** Tells whether one ping gets no answer. */
export function isPingSilent(lab: Lab, from: string, address: string): boolean {
  return lab.attempt(from, ['ping', '-n', '-c', '1', '-W', String(LONG_SILENCE), address]).status !== 0;
}

/** How fast a service's bytes come, or how fast it takes bytes, in bytes per second: the mean over `bytes`. */
export function speed(
  lab: Lab,
  from: string,
  { address, port }: Service,
  way: 'down' | 'up',
  bytes: number,
): number {
  const host = address.includes(':') ? `[${address}]` : address;
  const url = `http://${host}:${port}/${way === 'down' ? bytes : 0}`;
  const curl = ['curl', '-sgf', '--noproxy', '*', '-o', '/dev/null', '-w', `%{speed_${way}load}`, url];
  const input = way === 'up' ? 'x'.repeat(bytes) : '';
  const { status, stdout } = lab.attempt(
    from,
    way === 'up' ? [...curl, '--data-binary', '@-'] : curl,
    {},
    input,
  );
  if (status !== 0) throw new Error(`${url} from ${from}: nothing comes`);
  return Number(stdout);
}
