// `tsnet create`: a sandbox that lives without a process, until it is taken away.
import type { Command } from 'commander';
import { readyForeignRules } from '../../cnm/foreign-rules.ts';
import { Host } from '../../cnm/host.ts';
import { randomId } from '../../cnm/random-id.ts';
import { createSandbox } from '../../cnm/sandbox.ts';
import { collectSandboxes } from '../../cnm/sandbox-end.ts';
import { releaseSandbox } from '../../state/sandbox.ts';
import type { Context } from '../context.ts';
import { addSandboxOptions, readSpec } from '../sandbox-options.ts';
import type { SandboxOptions } from '../sandbox-options.ts';

export function addCreate(tsnet: Command, context: Context): void {
  const create = tsnet
    .command('create')
    .description(
      'make a sandbox that lives without a process, for exec and ip netns, until rm; print its id',
    );
  addSandboxOptions(create).action(async (options: SandboxOptions) => {
    if (options.publish.length > 0) await readyForeignRules();
    const id = randomId();
    Host.with(context.env, (host) => {
      collectSandboxes(host);
      createSandbox(host, id, readSpec(options, []));
      // Until here it is this process's, and goes when that is killed.
      host.db.transaction(() => {
        releaseSandbox(host.db, id);
      });
    });
    context.out(`${id}\n`);
  });
}
