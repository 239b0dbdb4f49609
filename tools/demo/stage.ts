// The stage: a host with an uplink to somebody outside, all in namespaces of the demo's own.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { InterfaceAddress, Cidr, Ip } from '../../address/index.ts';
import { createNamespace, HERE, runCommand } from '../../native/index.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import type { Connection } from '../../netlink/connection.ts';
import { newAddress } from '../../netlink/route/address.ts';
import { findLink, newLink, setLink } from '../../netlink/route/link.ts';
import { newRoute } from '../../netlink/route/route.ts';
import { executable, node } from '../paths.ts';
import { join } from 'node:path';

const { env } = process;
const script = (name: string): string => join(import.meta.dirname, name);

export const HOST_ADDRESS = '192.0.2.2';
export const UPLINK = 'uplink0';

/** Prints a line that explains what comes. */
export function explain(text: string): void {
  console.log(`\n\x1b[1m# ${text}\x1b[0m`);
}

function print(argv: readonly string[]): void {
  const short = argv.map((word) => (word === node ? 'node' : word.replace(`${import.meta.dirname}/`, '')));
  console.log(`$ tsnet ${short.join(' ')}`);
}

/** Runs `tsnet` with these words and shows both the words and what it says. */
export function tsnet(...argv: string[]): number {
  print(argv);
  return spawnSync(executable, argv, { stdio: 'inherit', env }).status ?? 1;
}

/** Starts `tsnet run` with these words in the background. */
export function tsnetInBackground(...argv: string[]): ChildProcess {
  print([...argv, '&']);
  return spawn(executable, argv, { stdio: 'inherit', env });
}

/** The words that serve a page under a name. */
export function serve(name: string, port = 80): string[] {
  return ['--', node, script('web.mjs'), name, String(port)];
}

/** The words that get a page. */
export function get(url: string): string[] {
  return ['--', node, script('get.mjs'), url];
}

/** Gets a page on the host itself. */
export function getOnHost(url: string): void {
  console.log(`host$ get ${url}`);
  runCommand(HERE, [node, script('get.mjs'), url], env as Record<string, string>);
}

/** Makes somebody outside, connected to this host; returns how to get a page from there. */
export function makeOutside(): (url: string) => void {
  const outside = createNamespace();
  using host = openConnection(HERE, NETLINK.ROUTE);
  using there = openConnection(outside, NETLINK.ROUTE);
  host.pipeline([
    setLink({ ifname: 'lo' }, {}, { UP: true }),
    newLink(UPLINK, { info: { kind: 'veth', data: { peer: { ifname: 'eth0', namespace: outside } } } }),
  ]);
  give(host, UPLINK, `${HOST_ADDRESS}/24`, '2001:db8::2/64');
  give(there, 'eth0', '192.0.2.1/24', '2001:db8::1/64');
  const link = findLink(host, { ifname: UPLINK })?.index ?? 0;
  host.request(newRoute({ dst: Cidr.parse('0.0.0.0/0'), oif: link, gateway: Ip.parse('192.0.2.1') }));
  return (url) => {
    console.log(`outside$ get ${url}`);
    runCommand(outside, [node, script('get.mjs'), url], env as Record<string, string>);
  };
}

function give(connection: Connection, ifname: string, ...addresses: string[]): void {
  const index = findLink(connection, { ifname })?.index ?? 0;
  connection.pipeline([
    ...addresses.map((address) => newAddress(index, InterfaceAddress.parse(address))),
    setLink({ index }, {}, { UP: true }),
  ]);
}
