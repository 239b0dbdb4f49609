// One call of a plugin from beginning to end: environment, stdin, verb, stdout (CNI spec 1.1.0, section 2).

import { TsnetError } from '../errors/tsnet-error.ts';
import { readAttachments } from './attachments.ts';
import { checkCniArgs } from './cni-args.ts';
import { deletionConfig, readConfig } from './config.ts';
import type { NetworkConfig, RawConfig } from './config.ts';
import { checkLengths, readEnvironment } from './environment.ts';
import type { Command, Env, Environment } from './environment.ts';
import { CniError, cniCodes, errorJson } from './error.ts';
import type { Call, Plugin } from './plugin.ts';
import { decodeResult } from './result-decoding.ts';
import { encodeResult } from './result-encoding.ts';
import type { Result } from './result.ts';
import { validate, WrongValue } from './validate.ts';
import { atLeast, isSupportedVersion, newestVersion, supportedVersions } from './version.ts';
import type { CniVersion } from './version.ts';

/** What a plugin has of the outside: its environment and the three standard streams. */
export interface PluginIo {
  env: Env;
  /** Reads stdin to its end. */
  readStdin: () => Uint8Array;
  writeStdout: (text: string) => void;
  writeStderr: (text: string) => void;
  /**
   * Called when the call is known to be right, before it takes effect, and told whether it will run another program. What
   * it throws is thrown by whoever invoked the plugin, and nothing is done.
   */
  begin?: (runsAnother: boolean) => void;
}

/** What `begin` has thrown. */
class NotBegun extends Error {}

/**
 * Serves the call that `io` describes and returns the exit code: 0, or 1 after printing one error object to stdout.
 * Only ADD and VERSION print anything when they succeed. Without CNI_COMMAND, for a person who starts the plugin by
 * hand, it tells on stderr what the plugin is. Throws only when `io` cannot be written to, and what `io.begin` throws.
 */
export async function invokePlugin<Config extends NetworkConfig>(
  plugin: Plugin<Config>,
  io: PluginIo,
): Promise<number> {
  if (!io.env['CNI_COMMAND']) {
    const versions = supportedVersions.join(', ');
    io.writeStderr(`${plugin.about}\nCNI protocol versions supported: ${versions}\n`);
    return 0;
  }
  const answer = await serve(plugin, io);
  if (answer.output) io.writeStdout(`${JSON.stringify(answer.output)}\n`);
  if (answer.defect) io.writeStderr(`${answer.defect}\n`);
  return answer.exitCode;
}

interface Answer {
  exitCode: number;
  output?: object | undefined;
  /** The stack of an error nobody raised on purpose. */
  defect?: string | undefined;
}

async function serve<Config extends NetworkConfig>(plugin: Plugin<Config>, io: PluginIo): Promise<Answer> {
  let version = newestVersion;
  try {
    const environment = readEnvironment(io.env);
    const stdin = io.readStdin();
    if (environment.command === 'VERSION') return { exitCode: 0, output: versionJson(stdin) };
    const raw = readConfig(stdin);
    version = negotiate(raw.version, environment.command);
    const result = run(plugin, { environment, raw, version, begin: io.begin, ...readRetry(io.env) });
    return { exitCode: 0, output: result && encodeResult(result, version) };
  } catch (error) {
    if (error instanceof NotBegun) throw error.cause;
    if (error instanceof WrongValue) {
      const { explain } = await import('./explain.ts');
      return { exitCode: 1, output: errorJson(explain(error), version) };
    }
    const isExpected =
      error instanceof CniError || error instanceof TsnetError || error instanceof AggregateError;
    const defect = !isExpected && error instanceof Error ? error.stack : undefined;
    return { exitCode: 1, output: errorJson(error, version), defect };
  }
}

/** VERSION answers with the version it was asked in; it must work on an empty or unusable stdin, too. */
function versionJson(stdin: Uint8Array): object {
  return { cniVersion: askedVersion(stdin), supportedVersions };
}

function askedVersion(stdin: Uint8Array): CniVersion {
  try {
    const asked = (JSON.parse(new TextDecoder().decode(stdin)) as { cniVersion?: unknown } | null)
      ?.cniVersion;
    return typeof asked === 'string' && isSupportedVersion(asked) ? asked : newestVersion;
  } catch {
    return newestVersion;
  }
}

/** The version each verb came with, for those that are younger than 0.1.0. */
const since: Partial<Record<Command, CniVersion>> = { CHECK: '0.4.0', GC: '1.1.0', STATUS: '1.1.0' };

function negotiate(version: string, command: Command): CniVersion {
  if (!isSupportedVersion(version)) {
    const supported = supportedVersions.map((known) => JSON.stringify(known)).join(' ');
    const details = `config is ${JSON.stringify(version)}, plugin supports [${supported}]`;
    throw new CniError(cniCodes.incompatibleVersion, 'incompatible CNI versions', details);
  }
  const minimum = since[command];
  if (minimum && !atLeast(version, minimum))
    throw new CniError(cniCodes.incompatibleVersion, `config version does not allow ${command}`);
  return version;
}

/** What is known of a call before its configuration is read. */
interface Request {
  environment: Environment;
  raw: RawConfig;
  version: CniVersion;
  env: Env;
  begin: PluginIo['begin'];
  /** The daemon died in the middle of this very call, which may have left something. */
  isRetry: boolean;
}

/** Reads what the client of the daemon says when it tries again (native/client); a delegate is not to hear of it. */
function readRetry(env: Env): Pick<Request, 'env' | 'isRetry'> {
  if (env['TSNET_RETRY'] === undefined) return { env, isRetry: false };
  const { TSNET_RETRY: retry, ...others } = env;
  return { env: others, isRetry: retry === '1' };
}

function toCall<Config extends NetworkConfig>(config: Config, request: Request): Call<Config> {
  const { environment, raw, version, env } = request;
  const prevResult = readPrevResult(config, environment.command);
  return { ...environment, network: raw.network, version, config, rawConfig: raw.json, prevResult, env };
}

function readPrevResult(config: NetworkConfig, command: Command): Result | undefined {
  if (config.prevResult === undefined) return undefined;
  try {
    return decodeResult(config.prevResult, 'prevResult');
  } catch (error) {
    // A runtime's damaged cache must not keep a container from being deleted.
    if (command === 'DEL') return undefined;
    throw error;
  }
}

function begin<Config extends NetworkConfig>(plugin: Plugin<Config>, request: Request, call: Call): void {
  try {
    request.begin?.(plugin.delegates?.(call) === true);
  } catch (cause) {
    throw new NotBegun(undefined, { cause });
  }
}

function removal(request: Request): Call {
  return toCall(deletionConfig(request.raw.json), request);
}

function run<Config extends NetworkConfig>(plugin: Plugin<Config>, request: Request): Result | undefined {
  const { command, args } = request.environment;
  if (command === 'DEL') {
    const call = removal(request);
    begin(plugin, request, call);
    plugin.del(call);
    return undefined;
  }
  if (plugin.args) checkCniArgs(args, plugin.args);
  const call = toCall(validate(plugin.config, request.raw.json), request);
  if (command === 'ADD') checkLengths(call);
  begin(plugin, request, call);
  switch (command) {
    case 'ADD':
      // Once all is known to be right: bad input is to change nothing.
      if (request.isRetry)
        plugin.del(removal({ ...request, environment: { ...request.environment, command: 'DEL' } }));
      return plugin.add(call);
    case 'CHECK':
      plugin.check(call);
      break;
    case 'GC':
      plugin.gc?.({ ...call, attachments: readAttachments(call.rawConfig) });
      break;
    case 'STATUS':
      plugin.status?.(call);
      break;
    case 'VERSION':
      break;
  }
  return undefined;
}
