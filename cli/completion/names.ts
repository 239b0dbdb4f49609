// Names that a person may want to have completed. Asking changes nothing, and whatever goes wrong nothing is said.
import { Host } from '../../cnm/host.ts';
import { hasNetworks, withNetworks } from '../../cnm/network-store.ts';
import { listNetworks } from '../../state/network.ts';
import { isStoreAt, runDatabase } from '../../state/place.ts';
import { listSandboxes } from '../../state/sandbox.ts';
import type { Names } from './candidates.ts';

const predefined = ['bridge', 'host', 'none'];

function quietly(env: NodeJS.ProcessEnv, ask: (host: Host) => string[]): string[] {
  try {
    return Host.with(env, ask);
  } catch {
    return [];
  }
}

/** The names on the host that the environment describes. */
export function namesOn(env: NodeJS.ProcessEnv): Names {
  return {
    networks: () => {
      const found = quietly(env, (host) =>
        hasNetworks(host) ? withNetworks(host, listNetworks).map(({ name }) => name) : [],
      );
      return [...new Set([...predefined, ...found])];
    },
    sandboxes: () =>
      quietly(env, (host) =>
        isStoreAt(runDatabase(host.places.run)) ? listSandboxes(host.db).map(({ name }) => name) : [],
      ),
  };
}
