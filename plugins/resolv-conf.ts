// The name resolution that a resolv.conf(5) describes, for the result of an ADD.
import { resolve } from 'node:path';
import type { Result } from '../cni/index.ts';
import { readSmallFile } from '../cnm/small-file.ts';
import { TsnetError } from '../errors/tsnet-error.ts';

/** Reads a resolv.conf. Throws TSNET_CONFIG when it cannot be read. */
export function readResolvConf(path: string): Result['dns'] {
  let text: string;
  try {
    // Where the caller happens to be has no say. A link is followed: /etc/resolv.conf is one on many hosts.
    text = readSmallFile(resolve('/', path));
  } catch (cause) {
    throw new TsnetError('TSNET_CONFIG', `ipam.resolvConf "${path}": ${(cause as Error).message}`, { cause });
  }
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const valuesOf = (keyword: string): string[] =>
    lines.filter(([word]) => word === keyword).flatMap(([, ...values]) => values);
  return {
    nameservers: valuesOf('nameserver'),
    domain: valuesOf('domain').at(-1),
    search: valuesOf('search'),
    options: valuesOf('options'),
  };
}
