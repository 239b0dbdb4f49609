// What `tsnet ps` lists.
import type { Host } from '../cnm/host.ts';
import type { Sandbox } from '../state/sandbox.ts';
import type { Listing } from './output/listing.ts';
import { portText } from './output/port-text.ts';
import { endpointsOf, networksOf, statusOf } from './sandbox-view.ts';

const COMMAND_WIDTH = 40;

/** A sandbox as a template sees it. Lists in tables are texts with commas, as Docker has them. */
export interface SandboxItem {
  readonly ID: string;
  readonly Names: string;
  readonly Name: string;
  readonly Command: string;
  readonly CreatedAt: string;
  readonly Status: string;
  readonly Mode: string;
  readonly Networks: string;
  readonly Addresses: string;
  readonly Ports: string;
  /** null without a process. */
  readonly Pid: number | null;
  /** null while it has none. */
  readonly ExitCode: number | null;
  readonly Namespace: string;
}

/** A sandbox of the list; its id and command whole, or cut short. */
export function sandboxItem(host: Host, sandbox: Sandbox, isWhole: boolean): SandboxItem {
  const { id, name, mode, pid, netns, created } = sandbox;
  const { outcome } = sandbox.details;
  const endpoints = endpointsOf(host, sandbox);
  const command = sandbox.command.join(' ');
  const isLong = !isWhole && command.length > COMMAND_WIDTH;
  return {
    ID: isWhole ? id : id.slice(0, 12),
    Names: name,
    Name: name,
    Command: isLong ? `${command.slice(0, COMMAND_WIDTH - 1)}…` : command,
    CreatedAt: created,
    Status: outcome === undefined ? statusOf(sandbox) : `exited (${outcome.code})`,
    Mode: networksOf(sandbox, endpoints),
    Networks: endpoints.map(({ endpoint }) => endpoint.network.replace(/^tsnet:/, '')).join(',') || mode,
    Addresses: endpoints
      .flatMap(({ leases }) => leases.map(({ address }) => address.ip.toString()))
      .join(', '),
    Ports: endpoints.flatMap(({ ports }) => ports.map(portText)).join(', '),
    Pid: pid === 0 ? null : pid,
    ExitCode: outcome?.code ?? null,
    Namespace: netns,
  };
}

/** The list of sandboxes. */
export const sandboxListing: Listing<SandboxItem> = {
  headings: { Names: 'NAME', Mode: 'NETWORK', Networks: 'NETWORKS' },
  standard: ['ID', 'Names', 'Status', 'Mode', 'Addresses', 'Ports', 'Pid', 'Command'],
  brief: ({ ID }) => ID,
  filters: {
    id: ({ ID }, wanted) => wanted.startsWith(ID) || ID.startsWith(wanted),
    name: ({ Name }, wanted) => Name.includes(wanted),
    network: ({ Networks, Mode }, wanted) => Mode === wanted || Networks.split(',').includes(wanted),
    status: ({ Status }, wanted) => Status.split(' ')[0] === wanted,
    exited: ({ ExitCode }, wanted) => String(ExitCode) === wanted,
  },
};
