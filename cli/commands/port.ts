// `tsnet port`: where the ports of a sandbox are published; and others, while it is there.
import type { Command } from 'commander';
import { readyForeignRules } from '../../cnm/foreign-rules.ts';
import { Host } from '../../cnm/host.ts';
import { getLiveSandbox, getSandbox } from '../../cnm/sandbox.ts';
import { collectSandboxes } from '../../cnm/sandbox-end.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { PublishedPort } from '../../state/port.ts';
import type { Context } from '../context.ts';
import { addListingOptions, listingText } from '../output/listing.ts';
import type { Listing, ListingOptions } from '../output/listing.ts';
import { readPort } from '../port-option.ts';
import { collect } from '../sandbox-options.ts';
import { endpointsOf } from '../sandbox-view.ts';

/** A published port as a template sees it. */
interface PortItem {
  readonly Port: string;
  readonly Host: string;
  readonly HostIp: string;
  readonly HostPort: number;
  readonly ContainerPort: number;
  readonly Protocol: string;
}

const listing: Listing<PortItem> = {
  headings: {},
  standard: ['Port', 'Host'],
  plain: '{{.Port}} -> {{.Host}}',
  brief: ({ Host: where }) => where,
  filters: {
    port: ({ Port, ContainerPort }, wanted) => wanted === Port || wanted === String(ContainerPort),
    protocol: ({ Protocol }, wanted) => Protocol === wanted,
    'host-ip': ({ HostIp }, wanted) => HostIp === wanted,
    'host-port': ({ HostPort }, wanted) => String(HostPort) === wanted,
  },
};

type Options = ListingOptions & { readonly publishAdd: string[]; readonly publishRm: string[] };

export function addPort(tsnet: Command, context: Context): void {
  const port = tsnet
    .command('port')
    .description('list the published ports of a sandbox, or of one of its ports; publish others')
    .argument('<sandbox>', 'its name or id')
    .argument('[port]', 'a port of the sandbox: 80 or 53/udp')
    .option(
      '--publish-add <port>',
      'publish one more, as -p of tsnet run says it; may be repeated',
      collect,
      [],
    )
    .option(
      '--publish-rm <port>',
      'withdraw one that was published so: 8080:80, or 80 for all that lead there; may be repeated',
      collect,
      [],
    );
  addListingOptions(port, listing).action(
    async (name: string, wanted: string | undefined, options: Options) => {
      await change(context, name, options);
      const [found, items] = portsOf(context, name);
      const text =
        wanted === undefined
          ? listingText(items, options, listing)
          : listingText(of(found, items, wanted), options, { ...listing, plain: '{{.Host}}' });
      context.out(text);
    },
  );
}

// Loaded for those who want it.
async function change({ env }: Context, name: string, { publishAdd, publishRm }: Options): Promise<void> {
  const [added, removed] = [publishAdd, publishRm].map((texts) => texts.flatMap(readPort));
  if (added === undefined || removed === undefined || added.length + removed.length === 0) return;
  const { changePorts } = await import('../../cnm/sandbox-ports.ts');
  if (added.length > 0) await readyForeignRules();
  Host.with(env, (host) => {
    collectSandboxes(host);
    changePorts(host, getLiveSandbox(host, name), { added, removed });
  });
}

function portsOf({ env }: Context, nameOrId: string): [name: string, items: PortItem[]] {
  return Host.with(env, (host) => {
    collectSandboxes(host);
    const sandbox = getSandbox(host, nameOrId);
    const published = endpointsOf(host, sandbox).flatMap((one) => one.ports);
    return [sandbox.name, published.sort((a, b) => a.containerPort - b.containerPort).map(itemOf)];
  });
}

function itemOf({ hostIp, hostPort, containerPort, protocol }: PublishedPort): PortItem {
  const address = hostIp.family === 4 ? hostIp.toString() : `[${hostIp.toString()}]`;
  return {
    Port: `${containerPort}/${protocol}`,
    Host: `${address}:${hostPort}`,
    HostIp: hostIp.toString(),
    HostPort: hostPort,
    ContainerPort: containerPort,
    Protocol: protocol,
  };
}

function of(name: string, items: readonly PortItem[], wanted: string): PortItem[] {
  const meant = wanted.includes('/') ? wanted : `${wanted}/tcp`;
  const found = items.filter(({ Port }) => Port === meant);
  if (found.length > 0) return found;
  throw new TsnetError('TSNET_NOT_FOUND', `no public port '${meant}' published for ${name}`);
}
