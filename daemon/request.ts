// A request as it comes over the socket: version, plugin, variables, each ended by NUL; an empty field; stdin.
import type { Env } from '../cni/index.ts';
import packageJson from '../package.json' with { type: 'json' };
import { Refusal } from './refusal.ts';

/** The most bytes that a request may have. */
export const MAX_REQUEST = 128 * 1024;

/** What a plugin's process would have been started with. */
export interface Request {
  /** The name that the plugin was called by. */
  readonly plugin: string;
  readonly env: Env;
  readonly stdin: Uint8Array;
}

/** The name of a request that is none of a plugin: another daemon has taken the socket's name over. */
export const TAKEN_OVER = 'daemon';

const GREETING = `tsnet ${packageJson.version}`;
const VARIABLE = /^((?:CNI|TSNET)_[^=]*|TRACEPARENT)=(.*)$/s;

/** Reads a request. Throws Refusal for whatever is none, and for one of another version. */
export function decodeRequest(bytes: Uint8Array): Request {
  if (bytes.length > MAX_REQUEST) throw new Refusal(`the request has more than ${MAX_REQUEST} bytes`);
  const { fields, end } = splitFields(bytes);
  const [greeting = '', plugin = '', ...variables] = fields;
  if (!greeting.startsWith('tsnet ')) throw new Refusal('this is no request of tsnet');
  // Whoever takes over may be of another version: that is what an upgrade is.
  if (greeting !== GREETING && plugin !== TAKEN_OVER)
    throw new Refusal(`the daemon is ${GREETING}, the request is of ${greeting}`);
  if (plugin === '') throw new Refusal('the request names no plugin');
  return { plugin, env: readVariables(variables), stdin: new Uint8Array(bytes.subarray(end)) };
}

/** Writes a request of this version. */
export function encodeRequest({ plugin, env, stdin }: Request): Uint8Array {
  const variables = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const fields = [GREETING, plugin, ...variables, ''].map((field) => `${field}\0`);
  return Buffer.concat([Buffer.from(fields.join('')), stdin]);
}

// All in one piece: to decode a field alone takes as long.
function splitFields(bytes: Uint8Array): { fields: string[]; end: number } {
  for (let start = 0; ;) {
    const end = bytes.indexOf(0, start);
    if (end < 0) throw new Refusal('the request ends within its fields');
    if (end === start)
      return { fields: readText(bytes.subarray(0, end)).split('\0').slice(0, -1), end: end + 1 };
    start = end + 1;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Refusal('a field of the request is not UTF-8');
  }
}

function readVariables(variables: readonly string[]): Env {
  const env: Record<string, string> = {};
  for (const variable of variables) {
    const [, name, value] = VARIABLE.exec(variable) ?? [];
    if (name === undefined || value === undefined)
      throw new Refusal('the request has a variable that is none of CNI_*, TSNET_* and TRACEPARENT');
    // Which one counts is not the same in every language.
    if (Object.hasOwn(env, name)) throw new Refusal(`the request has ${name} twice`);
    env[name] = value;
  }
  return env;
}
