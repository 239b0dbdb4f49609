// The files of a sandbox: what its commands see as /etc/hosts and /etc/resolv.conf, and where they write to.
import {
  closeSync,
  existsSync,
  fchmodSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../state/lock.ts';
import type { Sandbox } from '../state/sandbox.ts';
import { listSandboxes } from '../state/sandbox.ts';
import type { Host } from './host.ts';
import { hostsText } from './sandbox-hosts.ts';
import { membersOf } from './sandbox-members.ts';

/** The folder of a sandbox's files, which goes with it. */
export function folderOf(host: Host, id: string): string {
  return join(host.places.run, 'sandboxes', id.slice(0, 12));
}

/** The files that a command in a sandbox sees in place of the host's, each with its path there. */
export function filesOf(host: Host, { id, details: { shares = id } }: Sandbox): [string, string][] {
  const folder = folderOf(host, shares);
  return ['hosts', 'resolv.conf']
    .map((name): [string, string] => [join(folder, name), `/etc/${name}`])
    .filter(([file]) => existsSync(file));
}

// In the host's network the host's own files are right, unless something is to be added.
function hasFiles({ mode, details }: Sandbox): boolean {
  const { dns = [], dnsSearch = [], dnsOptions = [], hosts = [], shares } = details;
  const isTold = [dns, dnsSearch, dnsOptions, hosts].some(({ length }) => length > 0);
  return shares === undefined && (mode !== 'host' || isTold);
}

/** Makes a sandbox's folder and files. */
export function makeFiles(host: Host, sandbox: Sandbox): void {
  const folder = folderOf(host, sandbox.id);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!hasFiles(sandbox)) return;
  put(join(folder, 'resolv.conf'), resolverText(sandbox));
  put(join(folder, 'hosts'), '');
}

/** Takes a sandbox's files away; nobody writes into them meanwhile. */
export function removeFiles(host: Host, id: string): void {
  withLock(hostsLock(host), 'exclusive', () => {
    rmSync(folderOf(host, id), { recursive: true, force: true });
  });
}

function hostsLock({ places }: Host): string {
  return join(places.run, 'hosts.lock');
}

/** Writes the hosts of all sandboxes that are on one of these networks, and of this sandbox, as the store has them. */
export function settleHosts(host: Host, networks: readonly string[], sandbox?: Sandbox): void {
  // Who comes last has seen what all before have recorded.
  withLock(hostsLock(host), 'exclusive', () => {
    const sandboxes = listSandboxes(host.db);
    const members = membersOf(host.db, sandboxes);
    for (const one of sandboxes) {
      const isMeant =
        one.id === sandbox?.id ||
        members.some(({ id, network }) => id === one.id && networks.includes(network));
      const file = join(folderOf(host, one.id), 'hosts');
      if (isMeant && hasFiles(one) && existsSync(file)) put(file, hostsText(one, members));
    }
  });
}

// Into the same file, which commands have over theirs; whole in one write.
function put(file: string, text: string): void {
  const fd = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
  try {
    fchmodSync(fd, 0o644);
    writeSync(fd, text, 0);
    ftruncateSync(fd, Buffer.byteLength(text));
  } finally {
    closeSync(fd);
  }
}

/** What systemd-resolved has beside its own address on loopback. */
const UPSTREAM = '/run/systemd/resolve/resolv.conf';

function readLines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
}

function isOnLoopback(line: string): boolean {
  return /^\s*nameserver\s+(127\.|::1\s*$)/.test(line);
}

function isServer(line: string): boolean {
  return /^\s*nameserver\s/.test(line);
}

// A server on the host's loopback is not to be reached from a sandbox.
function resolverText({ mode, details: { dns = [], dnsSearch = [], dnsOptions = [] } }: Sandbox): string {
  const own = readLines('/etc/resolv.conf');
  const isUsable = (line: string): boolean => isServer(line) && (mode === 'host' || !isOnLoopback(line));
  const lines = own.some(isUsable)
    ? own
    : [...own.filter((line) => !isServer(line)), ...readLines(UPSTREAM).filter(isServer)];
  const domains = dnsSearch.filter((domain) => domain !== '.');
  const told = [
    ...(domains.length > 0 ? [`search ${domains.join(' ')}`] : []),
    ...(dnsOptions.length > 0 ? [`options ${dnsOptions.join(' ')}`] : []),
  ];
  const others = lines.filter(
    (line) =>
      !isServer(line) &&
      !/^\s*([#;]|$)/.test(line) &&
      !(dnsSearch.length > 0 && /^\s*(search|domain)\s/.test(line)) &&
      !(dnsOptions.length > 0 && /^\s*options\s/.test(line)),
  );
  const servers = dns.length > 0 ? dns.map((ip) => `nameserver ${ip}`) : lines.filter(isUsable);
  return [...servers, ...others, ...told].map((line) => `${line}\n`).join('');
}
