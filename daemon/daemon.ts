// The daemon from its start to its end: plugins, socket, calls, signals.
import type { Plugin } from '../cni/index.ts';
import { Host } from '../cnm/host.ts';
import { Server } from './server.ts';
import type { Plugins } from './serve.ts';
import { inheritedListener, listenAt, socketPath } from './socket.ts';
import type { Listener } from './socket.ts';
import { notify, passedSocket } from './systemd.ts';

/** What the daemon has of the outside. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Tells a person one line. */
  readonly tell: (line: string) => void;
  readonly loaders: Readonly<Record<string, () => Promise<Plugin>>>;
}

/**
 * Serves CNI calls until SIGTERM or SIGINT, or until another daemon takes its place; then finishes what has been asked.
 * Throws SystemError, TSNET_STATE or TSNET_PERMISSION when there can be no socket.
 */
export async function runDaemon({ env, tell, loaders }: Surroundings): Promise<void> {
  const plugins = await loadAll(loaders);
  // Not to keep a file system from being unmounted.
  process.chdir('/');
  const listener = openListener(env);
  const server = new Server(plugins, listener);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => server.stop());
  Host.keep();
  tell(`listening on ${listener.name}`);
  notify(env, 'READY=1');
  await server.run();
  notify(env, 'STOPPING=1');
  Host.letGo();
}

function openListener(env: NodeJS.ProcessEnv): Listener {
  const passed = passedSocket(env);
  return passed === undefined ? listenAt(socketPath(env)) : inheritedListener(passed);
}

async function loadAll(loaders: Surroundings['loaders']): Promise<Plugins> {
  const loaded = Object.entries(loaders).map(async ([name, load]) => [name, await load()] as const);
  return new Map(await Promise.all(loaded));
}
