// All that is fuzzed, by name. A target is loaded when it is its turn: coverage counts what is loaded.
import type { Target } from './target.ts';
import { isThere, request } from './targets/request.ts';

const loaders: Readonly<Record<string, () => Promise<Target>>> = {
  netlink: async () => (await import('./targets/messages.ts')).messages,
  kernel: async () => (await import('./targets/kernel.ts')).kernel,
  config: async () => (await import('./targets/config.ts')).config,
  call: async () => (await import('./targets/call.ts')).call,
  definition: async () => (await import('./targets/definition.ts')).definition,
  result: async () => (await import('./targets/result.ts')).result,
  environment: async () => (await import('./targets/environment.ts')).environment,
  address: async () => (await import('./targets/address.ts')).address,
  files: async () => (await import('./targets/files.ts')).files,
  store: async () => (await import('./targets/store.ts')).store,
  ...(isThere() ? { request } : {}),
  // What the loop itself is tested with.
  'test-branches': async () => (await import('./targets/broken.ts')).branches,
  'test-endless': async () => (await import('./targets/broken.ts')).endless,
  'test-greedy': async () => (await import('./targets/broken.ts')).greedy,
};

/** The names of the targets. */
export const targetNames = Object.keys(loaders).filter((name) => !name.startsWith('test-'));

/** Loads a target. Throws RangeError for a name that is none. */
export async function loadTarget(name: string): Promise<Target> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (load === undefined) throw new RangeError(`no target "${name}": there are ${targetNames.join(', ')}`);
  return load();
}
