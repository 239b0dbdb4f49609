// `tsnet daemon`: serves CNI calls in one process that stays.
import type { Command } from 'commander';
import { runDaemon } from '../../daemon/daemon.ts';
import { whyUnwell } from '../../daemon/health.ts';
import { settleRuntime } from '../../daemon/runtime.ts';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';

export function addDaemon(tsnet: Command, context: Context): void {
  tsnet
    .command('daemon')
    .description('serve CNI calls without a start of the executable for each')
    .option('--check', 'tell whether a daemon answers, and end')
    .option('--metrics <where>', 'tell metrics to Prometheus: path of a socket, or address:port')
    .action(async ({ check, metrics }: { check?: true; metrics?: string }) => {
      const { env, err, loaders } = context;
      if (check === undefined) {
        settleRuntime(env);
        await runDaemon({ env, loaders, metrics, tell: (line) => context.err(`tsnet: ${line}\n`) });
        return;
      }
      const reason = await whyUnwell(env);
      if (reason !== undefined) throw new CommandExit(1, `the daemon is not well: ${reason}`);
      err('tsnet: the daemon is well\n');
    });
}
