// A chain of plugins as libcni runs it: the result passed on from one to the next, DEL in reverse order.
import { join } from 'node:path';
import { HOST } from '../netns/lab.ts';
import type { Lab } from '../netns/lab.ts';

/** The configuration of one plugin, without what the runtime adds. */
export type PluginConfig = Readonly<Record<string, unknown>> & { readonly type: string };

/** A network: its plugins, and the version they are called in. */
export interface Chain {
  readonly version?: string;
  readonly plugins: readonly PluginConfig[];
  readonly env?: NodeJS.ProcessEnv;
  readonly ifname?: string;
}

/** What came of a verb: the exit code, and what the last plugin that was run printed. */
export interface ChainOutcome {
  readonly status: number | null;
  readonly output: unknown;
}

/** Runs chains in a lab with the plugins of one folder. */
export class Runner {
  readonly #lab: Lab;
  readonly #folder: string;

  constructor(lab: Lab, folder: string) {
    this.#lab = lab;
    this.#folder = folder;
  }

  add(chain: Chain, container: string): ChainOutcome {
    let last: ChainOutcome = { status: 0, output: undefined };
    for (const plugin of chain.plugins) {
      last = this.#call('ADD', chain, plugin, container, last.output);
      if (last.status !== 0) break;
    }
    return last;
  }

  check(chain: Chain, container: string, result: unknown): ChainOutcome {
    return this.#all('CHECK', chain, chain.plugins, container, result);
  }

  del(chain: Chain, container: string, result: unknown): ChainOutcome {
    return this.#all('DEL', chain, [...chain.plugins].reverse(), container, result);
  }

  #all(
    verb: string,
    chain: Chain,
    plugins: readonly PluginConfig[],
    container: string,
    result: unknown,
  ): ChainOutcome {
    for (const plugin of plugins) {
      const outcome = this.#call(verb, chain, plugin, container, result);
      if (outcome.status !== 0) return outcome;
    }
    return { status: 0, output: undefined };
  }

  #call(
    verb: string,
    { version = '1.0.0', env = {}, ifname = 'eth0' }: Chain,
    plugin: PluginConfig,
    container: string,
    prevResult: unknown,
  ): ChainOutcome {
    const config = { cniVersion: version, name: 'net', ...plugin, prevResult };
    const variables = {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: container,
      CNI_NETNS: `/run/netns/${container}`,
      CNI_IFNAME: ifname,
      CNI_PATH: this.#folder,
      TSNET_RUN_DIR: this.#lab.runDir,
      TSNET_STATE_DIR: this.#lab.stateDir,
      ...env,
    };
    const file = join(this.#folder, plugin.type);
    const { status, stdout } = this.#lab.attempt(HOST, [file], variables, JSON.stringify(config));
    return { status, output: stdout.trim() === '' ? undefined : (JSON.parse(stdout) as unknown) };
  }
}
