// The daemon from its start to its end: plugins, socket, calls, signals.
import type { Plugin } from '../cni/index.ts';
import { Host } from '../cnm/host.ts';
import { takeCensus } from '../cnm/census.ts';
import type { Exhibit } from './exhibit.ts';
import { Metrics } from './metrics.ts';
import { Server } from './server.ts';
import type { Plugins } from './serve.ts';
import { inheritedListener, listenAt, socketPath } from './socket.ts';
import type { Listener } from './socket.ts';
import { notify, passedSocket } from './systemd.ts';
import { Upkeep } from './upkeep.ts';

/** What the daemon has of the outside. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Tells a person one line. */
  readonly tell: (line: string) => void;
  readonly loaders: Readonly<Record<string, () => Promise<Plugin>>>;
  /** Where metrics are to be had: the path of a socket, or an address and a port; left out, nowhere. */
  readonly metrics?: string | undefined;
}

/**
 * Serves CNI calls until SIGTERM or SIGINT, or until another daemon takes its place; then finishes what has been asked.
 * Throws SystemError, TSNET_STATE or TSNET_PERMISSION when there can be no socket.
 */
export async function runDaemon({ env, tell, loaders, metrics: place }: Surroundings): Promise<void> {
  const plugins = await loadAll(loaders);
  // Not to keep a file system from being unmounted.
  process.chdir('/');
  const metrics = new Metrics();
  const exhibit = place === undefined ? undefined : await exhibitAt(place, env, metrics);
  const listener = openListener(env);
  const upkeep = new Upkeep({ env, tell, metrics });
  const server = new Server(plugins, listener, {
    start: () => upkeep.start(),
    stop: () => upkeep.stop(),
    onReady: (fd) => upkeep.notice(fd),
    onServed: (request, outcome, milliseconds) => metrics.served(request, outcome, milliseconds),
    onRefused: () => metrics.count('refused', {}),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => server.stop());
  Host.keep();
  tell(`listening on ${listener.name}`);
  notify(env, 'READY=1');
  await server.run();
  notify(env, 'STOPPING=1');
  exhibit?.close();
  Host.letGo();
}

function openListener(env: NodeJS.ProcessEnv): Listener {
  const passed = passedSocket(env);
  return passed === undefined ? listenAt(socketPath(env)) : inheritedListener(passed);
}

// HTTP is loaded only for those who want it.
async function exhibitAt(place: string, env: NodeJS.ProcessEnv, metrics: Metrics): Promise<Exhibit> {
  const { exhibit } = await import('./exhibit.ts');
  return exhibit(place, () => metrics.text(Host.with(env, (host) => takeCensus(host))));
}

async function loadAll(loaders: Surroundings['loaders']): Promise<Plugins> {
  const loaded = Object.entries(loaders).map(async ([name, load]) => [name, await load()] as const);
  return new Map(await Promise.all(loaded));
}
