// A network as libcni runs it for a runtime: one plugin behind the other, the result passed on and kept for DEL.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cniFolder } from '../../tools/paths.ts';
import type { Cni, ResultJson } from '../netns/cni.ts';
import type { Conflist } from './conflists.ts';

/** What a runtime says beside container and interface. */
export interface Options {
  /** Values of capabilities, for plugins that declare them. */
  readonly capabilities?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** Why a network cannot be had: plugins of it are not built. Undefined when all are. */
export function whyNoNetwork({ plugins }: Conflist): string | undefined {
  const lost = plugins.map(({ type }) => type).filter((type) => !existsSync(join(cniFolder, type)));
  return lost.length === 0 ? undefined : `not among tsnet's plugins: ${lost.join(', ')}`;
}

export class Network {
  readonly #cni: Cni;
  readonly #list: Conflist;
  readonly #kept = new Map<string, { result: ResultJson; options: Options }>();

  constructor(cni: Cni, list: Conflist) {
    this.#cni = cni;
    this.#list = list;
  }

  /** Attaches a container, and keeps the result. The fixture deletes what stays of each plugin. */
  add(container: string, options: Options = {}): ResultJson {
    let result: ResultJson | undefined;
    for (const plugin of this.#list.plugins) {
      const config = this.#config(plugin, options, result);
      result = this.#cni.add(container, config, options.env === undefined ? {} : { env: options.env });
    }
    if (result === undefined) throw new Error(`network ${this.#list.name} has no plugins`);
    this.#kept.set(container, { result, options });
    return result;
  }

  /** Checks a container with the kept result; every plugin has to be content. */
  check(container: string): void {
    const { result, options = {} } = this.#kept.get(container) ?? {};
    for (const plugin of this.#list.plugins)
      expect(this.#cni.call('CHECK', container, this.#config(plugin, options, result))).toMatchObject({
        status: 0,
        stdout: '',
      });
  }

  /** Deletes a container, the last plugin first, with the kept result if there is one. */
  del(container: string, netns = `/run/netns/${container}`): void {
    const { result, options = {} } = this.#kept.get(container) ?? {};
    // Before 0.4.0 no plugin is told of a former result.
    const kept = ['0.3.0', '0.3.1'].includes(this.#list.cniVersion) ? undefined : result;
    const env = options.env === undefined ? {} : { env: options.env };
    for (const plugin of [...this.#list.plugins].reverse())
      this.#cni.del(container, this.#config(plugin, options, kept), { netns, ...env });
  }

  /** Asks every plugin whether it is ready. */
  status(): void {
    for (const plugin of this.#list.plugins)
      expect(this.#cni.call('STATUS', '', this.#config(plugin, {}, undefined))).toMatchObject({
        status: 0,
        stdout: '',
        stderr: '',
      });
  }

  #config(
    plugin: Conflist['plugins'][number],
    { capabilities = {} }: Options,
    prevResult: ResultJson | undefined,
  ): Record<string, unknown> {
    const { cniVersion, name } = this.#list;
    const declared = plugin['capabilities'] as Record<string, boolean> | undefined;
    const values = Object.entries(capabilities).filter(([capability]) => declared?.[capability] === true);
    const runtimeConfig = values.length === 0 ? undefined : Object.fromEntries(values);
    return { ...plugin, cniVersion, name, runtimeConfig, prevResult };
  }
}
