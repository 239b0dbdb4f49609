// `tsnet network import`: takes networks over from Docker, podman and CNI.
import { Argument } from 'commander';
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';
import type { Source } from '../import/import.ts';

const SKIPPED = 1;

/** Adds the command to `tsnet network`. */
export function addImport(network: Command, context: Context): void {
  network
    .command('import')
    .description(
      'make the networks that Docker, podman or CNI configurations define; exits with 1 if one was skipped',
    )
    .addArgument(new Argument('<source>', 'whose definitions they are').choices(['docker', 'podman', 'cni']))
    .argument(
      '[file...]',
      'what docker network inspect printed, networks of podman (/etc/containers/networks), conflists (/etc/cni/net.d); folders, too; - is stdin',
    )
    .option('--dry-run', 'print the commands that would make them, and make none', false)
    .action(async (source: Source, files: string[], { dryRun }: { dryRun: boolean }) => {
      const { makeNetworks, readDefinitions } = await import('../import/import.ts');
      const readings = await readDefinitions(source, files);
      const isComplete = Host.with(context.env, (host) => makeNetworks(context, host, readings, dryRun));
      if (!isComplete) throw new CommandExit(SKIPPED);
    });
}
