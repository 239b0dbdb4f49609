// Serves calls in one process that stays, as the daemon does: a line of stdin for each, { plugin, env, config }. Each
// outcome is a line of stdout. Ends with its stdin.
import { createInterface } from 'node:readline';
import { plugins } from '../../bin/plugins.ts';
import { invokePlugin } from '../../cni/index.ts';
import { Host } from '../../cnm/host.ts';
import type { Outcome } from './lab.ts';

/** A call as it comes. */
export interface ResidentCall {
  readonly plugin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly config: object;
}

async function serve({ plugin, env, config }: ResidentCall): Promise<Outcome> {
  const load = plugins[plugin];
  if (load === undefined) throw new Error(`no plugin "${plugin}"`);
  const told = { stdout: '', stderr: '' };
  const status = await invokePlugin(await load(), {
    env,
    readStdin: () => new TextEncoder().encode(JSON.stringify(config)),
    writeStdout: (text) => (told.stdout += text),
    writeStderr: (text) => (told.stderr += text),
  });
  return { status, ...told };
}

Host.keep();
for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await serve(JSON.parse(line) as ResidentCall);
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
Host.letGo();
