// What a CNI plugin is to tsnet: a value with a name, the schema of its configuration and its verbs.

import type { NetworkConfig } from './config.ts';
import type { Command, Env } from './environment.ts';
import type { Output, Reader } from './reader.ts';
import type { Result } from './result.ts';
import type { CniVersion } from './version.ts';

/** One call of a plugin, checked and parsed. Text that the verb does not need may be ''. */
export interface Call<Config extends NetworkConfig = NetworkConfig> {
  command: Command;
  /** The name of the network. */
  network: string;
  containerId: string;
  ifname: string;
  /** The path of the network namespace as the runtime wrote it; '' when absent, which DEL must bear. */
  netns: string;
  /** The folders of CNI_PATH, to find delegates in. */
  path: string[];
  /** CNI_ARGS. */
  args: ReadonlyMap<string, string>;
  /** The version the result is to have. */
  version: CniVersion;
  config: Config;
  /** The configuration as received, for delegates. */
  rawConfig: Readonly<Record<string, unknown>>;
  /** The result of the plugins before in the chain; on DEL and CHECK that of the whole ADD. */
  prevResult?: Result | undefined;
  env: Env;
}

/** An interface of a container on a network, as the runtime knows it. */
export interface Attachment {
  containerId: string;
  ifname: string;
}

/** A GC call: everything of the network that belongs to none of `attachments` is to go. */
export interface GcCall<Config extends NetworkConfig = NetworkConfig> extends Call<Config> {
  attachments: readonly Attachment[];
}

/** A CNI plugin. A verb reports failure by throwing a TsnetError or a CniError (CNI spec 1.1.0, section 2). */
export interface Plugin<Config extends NetworkConfig = NetworkConfig> {
  /** The name it is called by. */
  type: string;
  /** One sentence for people who start it by hand. */
  about: string;
  /** How its configuration is read, made with `networkConfig`. */
  config: Reader<Config>;
  /** The names it takes from CNI_ARGS; others are an error. Left out, it does not look at CNI_ARGS at all. */
  args?: readonly string[];
  add(call: Call<Config>): Result;
  check(call: Call<Config>): void;
  /**
   * Best effort and repeatable: succeeds when there is nothing to delete. Of the configuration it gets no more than
   * `ipam.type`, so that no mistake in it stands in the way.
   */
  del(call: Call): void;
  /** Tells whether a call would run another program; it may know of the configuration what DEL does. Left out, none does. */
  delegates?(call: Pick<Call, 'config' | 'path'>): boolean;
  gc?(call: GcCall<Config>): void;
  status?(call: Call<Config>): void;
}

/** Declares a plugin; the type of its configuration follows from its reader. */
export function definePlugin<ConfigReader extends Reader<NetworkConfig>>(
  plugin: Plugin<Output<ConfigReader>> & { config: ConfigReader },
): Plugin<Output<ConfigReader>> {
  return plugin;
}
