// `tsnet inspect`: all there is to tell of a sandbox, in the shape of `docker inspect`.
import type { Command } from 'commander';
import { Ip } from '../../address/index.ts';
import { Host } from '../../cnm/host.ts';
import { getSandbox } from '../../cnm/sandbox.ts';
import { filesOf } from '../../cnm/sandbox-files.ts';
import { isRunning } from '../../cnm/sandbox-process.ts';
import type { Lease } from '../../state/lease.ts';
import type { Membership, Sandbox } from '../../state/sandbox.ts';
import type { Context } from '../context.ts';
import { inspectEach } from '../each.ts';
import { addInspectOption } from '../output/listing.ts';
import { openMap } from '../output/template/values.ts';
import { endpointsOf, statusOf } from '../sandbox-view.ts';
import type { EndpointView } from '../sandbox-view.ts';

function portsOf(endpoints: readonly EndpointView[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const ports = openMap<{ HostIp: string; HostPort: string }[]>({});
  for (const { protocol, containerPort, hostIp, hostPort } of endpoints.flatMap((one) => one.ports)) {
    const bindings = (ports[`${containerPort}/${protocol}`] ??= []);
    bindings.push({ HostIp: hostIp.toString(), HostPort: String(hostPort) });
  }
  return ports;
}

function networkOf({ endpoint, leases }: EndpointView, membership?: Membership): object {
  const of = (family: number) =>
    leases.find((one) => one.address.family === family && one.gateway !== undefined);
  const [ipv4, ipv6] = [of(4), of(6)];
  const others = (membership?.gateways ?? []).map((text) => Ip.parse(text));
  const gatewayOf = (lease: Lease | undefined): string => {
    const other = others.find(({ family }) => family === lease?.address.family);
    return (other ?? lease?.gateway)?.toString() ?? '';
  };
  const beside = leases.filter((lease) => lease.gateway === undefined);
  return {
    IPAMConfig: { LinkLocalIPs: beside.map(({ address }) => address.ip.toString()) },
    Aliases: membership?.aliases ?? [],
    GwPriority: membership?.priority ?? 0,
    EndpointID: endpoint.id,
    MacAddress: endpoint.mac?.toString() ?? '',
    Gateway: gatewayOf(ipv4),
    IPAddress: ipv4?.address.ip.toString() ?? '',
    IPPrefixLen: ipv4?.address.prefix ?? 0,
    IPv6Gateway: gatewayOf(ipv6),
    GlobalIPv6Address: ipv6?.address.ip.toString() ?? '',
    GlobalIPv6PrefixLen: ipv6?.address.prefix ?? 0,
  };
}

function view(host: Host, sandbox: Sandbox): object {
  const endpoints = endpointsOf(host, sandbox);
  const { hostname, hosts = [], log = '', memberships = {}, outcome, isKept } = sandbox.details;
  const { dns = [], dnsSearch = [], dnsOptions = [] } = sandbox.details;
  const [hostsFile, resolver] = ['/etc/hosts', '/etc/resolv.conf'].map(
    (path) => filesOf(host, sandbox).find(([, at]) => at === path)?.[0] ?? path,
  );
  return {
    Id: sandbox.id,
    Name: sandbox.name,
    Created: sandbox.created,
    State: {
      Status: statusOf(sandbox),
      Running: isRunning(sandbox),
      Pid: sandbox.pid,
      ExitCode: outcome?.code ?? 0,
      FinishedAt: outcome?.ended ?? '',
    },
    HostsPath: hostsFile,
    ResolvConfPath: resolver,
    LogPath: log,
    Config: { Hostname: hostname ?? '', Cmd: sandbox.command },
    HostConfig: {
      NetworkMode: sandbox.mode,
      AutoRemove: isKept !== true,
      Dns: dns,
      DnsSearch: dnsSearch,
      DnsOptions: dnsOptions,
      ExtraHosts: hosts.map((one) => one.join(':')),
    },
    NetworkSettings: {
      SandboxID: sandbox.id,
      SandboxKey: sandbox.netns,
      Ports: portsOf(endpoints),
      Networks: openMap(
        Object.fromEntries(
          endpoints.map((one) => [
            one.endpoint.network.replace(/^tsnet:/, ''),
            networkOf(one, memberships[one.endpoint.ifname]),
          ]),
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
    Host.with(context.env, (host) => {
      inspectEach(context, names, { view: (name) => view(host, getSandbox(host, name)), format });
    });
  });
}
