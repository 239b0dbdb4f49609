// `tsnet cni`: tsnet in the place of a node's CNI plugins.
import type { Command } from 'commander';
import { Cidr } from '../../address/index.ts';
import { Host } from '../../cnm/host.ts';
import { chooseSubnet } from '../../cnm/subnet-choice.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { install, isConfigured, uninstall } from '../../install/installation.ts';
import type { NetworkSpec } from '../../install/conflist.ts';
import { readClient } from '../../native/index.ts';
import type { Context } from '../context.ts';

const STANDARD = { bin: '/opt/cni/bin', conf: '/etc/cni/net.d', name: 'tsnet' } as const;

interface InstallOptions {
  binDir: string;
  confDir: string;
  name?: string;
  subnet: string[];
  daemon?: boolean;
  systemdDir?: string;
}

export function addCni(tsnet: Command, context: Context): void {
  const cni = tsnet.command('cni').description("stand in for a node's CNI plugins");
  cni
    .command('install')
    .description('put the executable and its plugins into place, and configure a network where there is none')
    .option('--bin-dir <folder>', 'where the runtime looks for plugins', STANDARD.bin)
    .option('--conf-dir <folder>', 'where the runtime looks for networks', STANDARD.conf)
    .option('--name <name>', 'configure a network of this name, also where there is one already')
    .option(
      '--subnet <cidr>',
      'a subnet of that network; may be repeated, also for IPv6',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option('--daemon', 'have the plugins call the daemon, and do without where it is not there')
    .option('--systemd-dir <folder>', 'write units for the daemon there')
    .action((options: InstallOptions) => {
      installPlugins(context, options);
    });
  cni
    .command('uninstall')
    .description('take tsnet away, and bring back the plugins that it replaced')
    .option('--bin-dir <folder>', 'where it was installed', STANDARD.bin)
    .action(({ binDir }: { binDir: string }) => {
      tell(context, uninstall({ bin: binDir }));
    });
}

function installPlugins(context: Context, options: InstallOptions): void {
  const { binDir: bin, confDir: conf, daemon: isForDaemon = false, systemdDir: systemd } = options;
  if (systemd !== undefined && !isForDaemon)
    throw new TsnetError('TSNET_CONFIG', '--systemd-dir: there is no daemon to run without --daemon');
  const network = networkOf(context, options);
  const { executable, plugins } = context;
  tell(
    context,
    install({ bin, conf, executable, client: readClient(), isForDaemon, systemd, plugins, network }),
  );
  if (network === undefined)
    tell(context, [`${conf} has networks already and was left as it is (--name writes one all the same)`]);
  if (isForDaemon) tell(context, [`the daemon is started by: ${startOf(bin, systemd)}`]);
}

function startOf(bin: string, systemd: string | undefined): string {
  return systemd === undefined
    ? `${bin}/tsnet daemon`
    : 'systemctl daemon-reload && systemctl enable --now tsnet.socket tsnet.service';
}

// A network of ours in front of somebody's own would take his containers over.
function networkOf(context: Context, options: InstallOptions): NetworkSpec | undefined {
  const { confDir, subnet, name = STANDARD.name } = options;
  if (options.name === undefined && subnet.length === 0 && isConfigured(confDir)) return undefined;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw new TsnetError(
      'TSNET_CONFIG',
      `--name "${name}": letters, digits, "_", "." and "-", a letter or digit first`,
    );
  }
  const subnets = subnet.map((text) => Cidr.parse(text));
  if (subnets.length > 0) return { name, subnets };
  return { name, subnets: [Host.with(context.env, (host) => chooseSubnet(host, 4, []))] };
}

function tell(context: Context, lines: readonly string[]): void {
  context.out(lines.map((line) => `${line}\n`).join(''));
}
