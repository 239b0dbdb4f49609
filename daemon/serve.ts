// What the daemon does for one call: may it, and then the same as a process of its own would.
import { invokePlugin } from '../cni/index.ts';
import type { Plugin, PluginIo } from '../cni/index.ts';
import { log } from '../log/log.ts';
import type { Peer } from '../native/index.ts';
import type { Outcome } from './answer.ts';
import { Refusal } from './refusal.ts';
import type { Request } from './request.ts';
import { assertSamePlaces, enterSandbox } from './sandbox.ts';

/** The plugins by name, loaded. */
export type Plugins = ReadonlyMap<string, Plugin>;

/** Finds the plugin that a request is for. Throws Refusal for what is seen at once to be for a process of its own. */
export function admit(plugins: Plugins, request: Request, descriptor: number | undefined): Plugin {
  const { env } = request;
  const plugin = plugins.get(request.plugin);
  if (plugin === undefined) throw new Refusal(`there is no plugin "${request.plugin}"`);
  if (!env['CNI_COMMAND']) throw new Refusal('CNI_COMMAND is not set');
  if (env['TSNET_LOG']) throw new Refusal('the call is to tell what it does on its own stderr');
  assertSamePlaces(env, descriptor);
  return plugin;
}

/** The caller has given up, and serves himself. */
export class Withdrawn extends Error {}

/**
 * Serves a request that was admitted; `begin` tells the caller that it takes effect from then on, and whether he is still
 * there. What a plugin throws is part of the outcome. Throws Refusal for a call that runs another program, and Withdrawn:
 * then nothing was done.
 */
export async function serve(
  plugin: Plugin,
  { env, stdin }: Request,
  descriptor: number | undefined,
  begin: () => boolean,
): Promise<Outcome> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const io: PluginIo = {
    env,
    readStdin: () => stdin,
    writeStdout: (text) => void stdout.push(text),
    writeStderr: (text) => void stderr.push(text),
    begin: (runsAnother) => {
      if (runsAnother) throw new Refusal('the call runs another program');
      if (!begin()) throw new Withdrawn();
    },
  };
  const sandbox = enterSandbox(env, descriptor);
  try {
    const exitCode = await invokePlugin(plugin, io);
    return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
  } finally {
    sandbox?.[Symbol.dispose]();
  }
}

/** Verbs that leave something behind, or take it away. */
const CHANGES = ['ADD', 'DEL', 'GC'];

/** Logs a call that was to change something: who asked, for what, and what came of it. */
export function audit({ uid, pid }: Peer, request: Request, outcome: Outcome, milliseconds: number): void {
  const { CNI_COMMAND: verb = '', CNI_CONTAINERID: container, CNI_IFNAME: ifname } = request.env;
  if (!CHANGES.includes(verb)) return;
  log('info', 'served', () => ({
    uid,
    pid,
    verb,
    plugin: request.plugin,
    network: networkName(request.stdin),
    container,
    ifname,
    outcome: outcome.exitCode === 0 ? 'done' : outcome.stdout.trim(),
    ms: Math.round(milliseconds * 100) / 100,
  }));
}

function networkName(stdin: Uint8Array): unknown {
  try {
    return (JSON.parse(new TextDecoder().decode(stdin)) as { name?: unknown } | null)?.name;
  } catch {
    return undefined;
  }
}
