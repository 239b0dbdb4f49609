// Calls the shipped CNI plugins as a runtime does: environment, stdin, exit code, stdout.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { cniFolder } from '../../tools/paths.ts';
import { HOST } from './lab.ts';
import type { Lab, Outcome } from './lab.ts';

/** A configuration as it goes to stdin; text goes as it is. */
export type Config = Readonly<Record<string, unknown>> | string;

/** What a call may say beside verb, container and configuration. */
export interface Options {
  readonly plugin?: string;
  readonly ifname?: string;
  readonly netns?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The folder of the plugins, also as CNI_PATH; left out, that of links to the executable. */
  readonly folder?: string;
  /** A command that the plugin is run by. */
  readonly wrapper?: readonly string[];
}

/** A result as printed, of CNI 0.3.0 and later. */
export interface ResultJson {
  readonly cniVersion: string;
  readonly interfaces?: readonly { name: string; mac?: string; mtu?: number; sandbox?: string }[];
  readonly ips?: readonly { address: string; gateway?: string; interface?: number; version?: string }[];
  readonly routes?: readonly { dst: string; gw?: string }[];
  readonly dns?: object;
}

/** An error as printed. */
export interface ErrorJson {
  readonly cniVersion: string;
  readonly code: number;
  readonly msg: string;
  readonly details?: string;
}

/** A call that is still running. */
export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

interface Attached {
  readonly container: string;
  readonly config: Config;
  readonly options: Options;
}

export class Cni {
  readonly #lab: Lab;
  #attached: Attached[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Calls a plugin, whatever comes of it. */
  call(verb: string, container: string, config: Config, options: Options = {}): Outcome {
    const [argv, env, input] = this.#prepare(verb, container, config, options);
    return this.#lab.attempt(HOST, argv, env, input);
  }

  /** Starts a call of a plugin. */
  start(verb: string, container: string, config: Config, options: Options = {}): Running {
    const [argv, env, input] = this.#prepare(verb, container, config, options);
    const [file, args] = this.#lab.inside(HOST, argv);
    const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
    // A child that is killed does not read on.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const outcome = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(
      ([status, stdout, stderr]) => ({ status, stdout, stderr }),
    );
    return { child, outcome };
  }

  /** Attaches a container, whose namespace is made if the lab does not have it. What stays is deleted after the test. */
  add(container: string, config: Config, options: Options = {}): ResultJson {
    if (options.netns === undefined) this.#lab.container(container);
    const outcome = this.call('ADD', container, config, options);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    this.attached(container, config, options);
    return JSON.parse(outcome.stdout) as ResultJson;
  }

  /** Remembers what was attached in another way, so that it is deleted after the test. */
  attached(container: string, config: Config, options: Options = {}): void {
    this.#attached.push({ container, config, options });
  }

  /** Detaches a container, which has to succeed silently. */
  del(container: string, config: Config, options: Options = {}): void {
    expect(this.call('DEL', container, config, options)).toEqual(
      expect.objectContaining({ status: 0, stdout: '', stderr: '' }),
    );
    this.#attached = this.#attached.filter(
      (one) => one.container !== container || one.options.ifname !== options.ifname,
    );
  }

  /** Calls a plugin and gives the error that it has to print: one JSON object, and nothing else anywhere. */
  fail(verb: string, container: string, config: Config, options: Options = {}): ErrorJson {
    const outcome = this.call(verb, container, config, options);
    expect(outcome).toMatchObject({ status: 1, stderr: '' });
    const error = JSON.parse(outcome.stdout) as ErrorJson;
    expect(error).toEqual({
      cniVersion: expect.any(String) as string,
      code: expect.any(Number) as number,
      msg: expect.any(String) as string,
      ...(error.details === undefined ? {} : { details: expect.any(String) as string }),
    });
    return error;
  }

  /** Detaches all that is still attached, the last one first. */
  deleteAll(): void {
    for (const { container, config, options } of this.#attached.reverse())
      this.del(container, config, options);
  }

  #prepare(
    verb: string,
    container: string,
    config: Config,
    { plugin, ifname, netns, env, wrapper, folder = cniFolder }: Options,
  ): [string[], NodeJS.ProcessEnv, string] {
    const type = plugin ?? (typeof config === 'string' ? 'bridge' : String(config['type']));
    const variables = {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: container,
      CNI_NETNS: netns ?? `/run/netns/${container}`,
      CNI_IFNAME: ifname ?? 'eth0',
      CNI_PATH: folder,
      TSNET_RUN_DIR: this.#lab.runDir,
      TSNET_STATE_DIR: this.#lab.stateDir,
      ...env,
    };
    const input = typeof config === 'string' ? config : JSON.stringify(config);
    return [[...(wrapper ?? []), join(folder, type)], variables, input];
  }
}
