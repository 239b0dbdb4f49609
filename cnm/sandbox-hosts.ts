// The text of a sandbox's /etc/hosts (hosts(5)): itself, the members of its networks, and what it was told.
import { existsSync, readFileSync } from 'node:fs';
import type { Sandbox } from '../state/sandbox.ts';
import type { Member } from './sandbox-members.ts';
import { waysOut } from './sandbox-members.ts';

const LOOPBACK = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** What stands for the host's address, as the sandbox reaches it. */
export const HOST_GATEWAY = 'host-gateway';

/** What a sandbox's file of hosts says, `members` being those of all networks. */
export function hostsText(sandbox: Sandbox, members: readonly Member[]): string {
  const own = members.filter(({ id }) => id === sandbox.id);
  const networks = new Set(own.map(({ network }) => network));
  const others = members.filter(({ id, network }) => id !== sandbox.id && networks.has(network));
  const { hosts = [] } = sandbox.details;
  const told = hosts.flatMap(([name, address]) =>
    addressesOf(address, sandbox, own).map((one) => `${one}\t${name}\n`),
  );
  return [base(sandbox), ...own.map(linesOf), ...others.map(linesOf), ...told].join('');
}

function base({ mode }: Sandbox): string {
  return mode === 'host' && existsSync('/etc/hosts') ? readFileSync('/etc/hosts', 'utf8') : LOOPBACK;
}

function linesOf({ hostname, name, leases, membership: { aliases } }: Member): string {
  const names = [...new Set([hostname, name, ...aliases])].join(' ');
  return leases.map(({ address }) => `${address.ip.toString()}\t${names}\n`).join('');
}

function addressesOf(address: string, { mode }: Sandbox, own: readonly Member[]): string[] {
  if (address !== HOST_GATEWAY) return [address];
  if (mode === 'host') return ['127.0.0.1'];
  const [way] = waysOut(own);
  return (way?.leases ?? []).flatMap(({ gateway }) => (gateway === undefined ? [] : [gateway.toString()]));
}
