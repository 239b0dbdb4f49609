// `tsnet port`: where the ports of a sandbox are published.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getSandbox } from '../../cnm/sandbox.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { PublishedPort } from '../../state/port.ts';
import type { Context } from '../context.ts';
import { endpointsOf } from '../sandbox-view.ts';

export function addPort(tsnet: Command, context: Context): void {
  tsnet
    .command('port')
    .description('list the published ports of a sandbox, or of one of its ports')
    .argument('<sandbox>', 'its name or id')
    .argument('[port]', 'a port of the sandbox: 80 or 53/udp')
    .action((nameOrId: string, wanted: string | undefined) => {
      const [name, ports] = Host.with(context.env, (host) => {
        const sandbox = getSandbox(host, nameOrId);
        const published = endpointsOf(host, sandbox).flatMap((one) => one.ports);
        return [sandbox.name, published.sort((a, b) => a.containerPort - b.containerPort)];
      });
      context.out(wanted === undefined ? ports.map(whole).join('') : addressesFor(name, ports, wanted));
    });
}

function inside({ containerPort, protocol }: PublishedPort): string {
  return `${containerPort}/${protocol}`;
}

function outside({ hostIp, hostPort }: PublishedPort): string {
  return `${hostIp.family === 4 ? hostIp.toString() : `[${hostIp.toString()}]`}:${hostPort}\n`;
}

function whole(port: PublishedPort): string {
  return `${inside(port)} -> ${outside(port)}`;
}

function addressesFor(name: string, ports: readonly PublishedPort[], wanted: string): string {
  const meant = wanted.includes('/') ? wanted : `${wanted}/tcp`;
  const found = ports.filter((port) => inside(port) === meant);
  if (found.length === 0)
    throw new TsnetError('TSNET_NOT_FOUND', `no public port '${meant}' published for ${name}`);
  return found.map(outside).join('');
}
