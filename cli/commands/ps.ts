// `tsnet ps`: the sandboxes that run.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { collectSandboxes } from '../../cnm/sandbox.ts';
import { isLasting } from '../../cnm/sandbox-process.ts';
import { listSandboxes } from '../../state/sandbox.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import type { Context } from '../context.ts';
import { portText } from '../output/port-text.ts';
import { table } from '../output/table.ts';
import { endpointsOf, networksOf } from '../sandbox-view.ts';

const heading = ['ID', 'NAME', 'NETWORK', 'ADDRESSES', 'PORTS', 'PID', 'COMMAND'];
const COMMAND_WIDTH = 40;

function row(host: Host, sandbox: Sandbox): string[] {
  const endpoints = endpointsOf(host, sandbox);
  const command = sandbox.command.join(' ');
  return [
    sandbox.id.slice(0, 12),
    sandbox.name,
    networksOf(sandbox, endpoints),
    endpoints.flatMap(({ leases }) => leases.map(({ address }) => address.ip.toString())).join(', '),
    endpoints.flatMap(({ ports }) => ports.map(portText)).join(', '),
    isLasting(sandbox) ? '-' : String(sandbox.pid),
    command.length > COMMAND_WIDTH ? `${command.slice(0, COMMAND_WIDTH - 1)}…` : command,
  ];
}

export function addPs(tsnet: Command, context: Context): void {
  tsnet
    .command('ps')
    .description('list the sandboxes that run')
    .action(() => {
      Host.with(context.env, (host) => {
        collectSandboxes(host);
        context.out(
          table(
            heading,
            listSandboxes(host.db).map((sandbox) => row(host, sandbox)),
          ),
        );
      });
    });
}
