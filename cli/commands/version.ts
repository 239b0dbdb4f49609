// `tsnet version`.
import type { Command } from 'commander';
import { supportedVersions } from '../../cni/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Context } from '../context.ts';

export function addVersion(tsnet: Command, context: Context): void {
  tsnet
    .command('version')
    .description('print the version and the CNI versions it speaks')
    .action(() => {
      context.out(`tsnet ${packageJson.version}\nCNI ${supportedVersions.join(', ')}\n`);
    });
}
