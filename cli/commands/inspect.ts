// `tsnet inspect`: all there is to tell of a sandbox, in the shape of `docker inspect`.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getSandbox, isRunning } from '../../cnm/sandbox.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import type { Context } from '../context.ts';
import { formatInspected } from '../output/format.ts';
import { json } from '../output/json.ts';
import { addInspectOption } from '../output/listing.ts';
import { openMap } from '../output/template/values.ts';
import { endpointsOf } from '../sandbox-view.ts';
import type { EndpointView } from '../sandbox-view.ts';

function portsOf(endpoints: readonly EndpointView[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const ports = openMap<{ HostIp: string; HostPort: string }[]>({});
  for (const { protocol, containerPort, hostIp, hostPort } of endpoints.flatMap((one) => one.ports)) {
    const bindings = (ports[`${containerPort}/${protocol}`] ??= []);
    bindings.push({ HostIp: hostIp.toString(), HostPort: String(hostPort) });
  }
  return ports;
}

function networkOf({ endpoint, leases }: EndpointView): object {
  const of = (family: number) => leases.find(({ address }) => address.family === family);
  const [ipv4, ipv6] = [of(4), of(6)];
  return {
    EndpointID: endpoint.id,
    MacAddress: endpoint.mac?.toString() ?? '',
    Gateway: ipv4?.gateway?.toString() ?? '',
    IPAddress: ipv4?.address.ip.toString() ?? '',
    IPPrefixLen: ipv4?.address.prefix ?? 0,
    IPv6Gateway: ipv6?.gateway?.toString() ?? '',
    GlobalIPv6Address: ipv6?.address.ip.toString() ?? '',
    GlobalIPv6PrefixLen: ipv6?.address.prefix ?? 0,
  };
}

function view(host: Host, sandbox: Sandbox): object {
  const endpoints = endpointsOf(host, sandbox);
  return {
    Id: sandbox.id,
    Name: sandbox.name,
    Created: sandbox.created,
    State: { Running: isRunning(sandbox), Pid: sandbox.pid },
    Config: { Cmd: sandbox.command },
    HostConfig: { NetworkMode: sandbox.mode },
    NetworkSettings: {
      SandboxID: sandbox.id,
      SandboxKey: sandbox.netns,
      Ports: portsOf(endpoints),
      Networks: openMap(
        Object.fromEntries(
          endpoints.map((one) => [one.endpoint.network.replace(/^tsnet:/, ''), networkOf(one)]),
        ),
      ),
    },
  };
}

export function addInspect(tsnet: Command, context: Context): void {
  const inspect = tsnet
    .command('inspect')
    .description('tell all about sandboxes, as JSON')
    .argument('<sandbox...>', 'names or ids');
  addInspectOption(inspect).action((names: string[], { format }: { format?: string }) => {
    const items = Host.with(context.env, (host) => names.map((name) => view(host, getSandbox(host, name))));
    context.out(format === undefined ? json(items) : formatInspected(format, items));
  });
}
