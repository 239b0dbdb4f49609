// `tsnet run --detach`: the same command line once more, in a process that stays behind when this one has ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CommandExit } from './command-exit.ts';
import { DETACHED, EXIT } from './command-options.ts';
import type { Context } from './context.ts';

/** Starts it and prints what it prints, the id, when its command runs. Throws CommandExit with what kept it from that. */
export async function runBehind({ args, env, executable, out }: Context): Promise<number> {
  const child = spawn(executable, args, {
    argv0: 'tsnet',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nobody reads its log when it is behind.
    env: { ...without(env, 'TSNET_LOG'), [DETACHED]: '1' },
  });
  const [told, complaint] = [child.stdout, child.stderr].map((stream) => {
    const text = { whole: '' };
    stream.setEncoding('utf8').on('data', (part: string) => (text.whole += part));
    return text;
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const started = new Promise<'started'>((resolve) => {
    child.stdout.on('data', () => {
      if (told?.whole.endsWith('\n') === true) resolve('started');
    });
  });
  const outcome = await Promise.race([started, ended]);
  if (outcome === 'started' || told?.whole.endsWith('\n') === true) {
    out(told?.whole ?? '');
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    child.unref();
    return 0;
  }
  const words = complaint?.whole.trim().replace(/^tsnet: /, '') ?? '';
  throw new CommandExit(outcome[0] ?? EXIT.FAILED, words);
}

function without(env: NodeJS.ProcessEnv, name: string): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([one]) => one !== name));
}
