// Sandboxes of the command line whose namespaces have their names in the lab, too.
import type { Cli } from './cli.ts';
import type { Lab } from './lab.ts';

/** Starts a sandbox that does nothing, and gives its namespace its name in the lab. */
export async function startNamed(lab: Lab, cli: Cli, name: string, ...words: string[]): Promise<void> {
  await cli.start(name, ...words, '--', 'sleep', '600');
  const [sandbox] = cli.json('inspect', name) as [{ NetworkSettings: { SandboxKey: string } }];
  lab.adopt(name, sandbox.NetworkSettings.SandboxKey);
}
