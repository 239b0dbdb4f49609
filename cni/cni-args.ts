// CNI_ARGS, the environment's `K=V;K2=V2` list, read as the reference implementation reads it (types.LoadArgs).

import { CniError, cniCodes } from './error.ts';

/**
 * Parses CNI_ARGS. Names are case-sensitive; of a repeated name the last value counts. Throws a CniError 999,
 * the reference's code, for a pair that has not exactly one `=`.
 */
export function parseCniArgs(text: string): Map<string, string> {
  const args = new Map<string, string>();
  if (text === '') return args;
  for (const pair of text.split(';')) {
    const [key, value, ...more] = pair.split('=');
    if (key === undefined || value === undefined || more.length > 0)
      throw new CniError(cniCodes.internal, `ARGS: invalid pair ${JSON.stringify(pair)}`);
    args.set(key, value);
  }
  return args;
}

/**
 * Checks that `args` has only `allowed` names, unless it says `IgnoreUnknown=1` (or `true`). Throws a CniError 999
 * that lists the unknown pairs.
 */
export function checkCniArgs(args: ReadonlyMap<string, string>, allowed: readonly string[]): void {
  if (ignoresUnknown(args.get('IgnoreUnknown') ?? 'false')) return;
  const unknown = [...args].filter(([key]) => key !== 'IgnoreUnknown' && !allowed.includes(key));
  if (unknown.length === 0) return;
  const pairs = unknown.map(([key, value]) => JSON.stringify(`${key}=${value}`));
  throw new CniError(cniCodes.internal, `ARGS: unknown args [${pairs.join(' ')}]`);
}

function ignoresUnknown(value: string): boolean {
  const lower = value.toLowerCase();
  if (lower === '1' || lower === 'true') return true;
  if (lower === '0' || lower === 'false') return false;
  const pair = JSON.stringify(`IgnoreUnknown=${value}`);
  throw new CniError(cniCodes.internal, `ARGS: error parsing value of pair ${pair}: use 1, true, 0 or false`);
}
