// Where automatic IPv4 subnets come from: config.json in the state directory, or what is usual.
import { join } from 'node:path';
import { Cidr } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import { readSmallFile } from './small-file.ts';

/** A block that subnets with that prefix are cut from. */
export interface SubnetPool {
  readonly base: Cidr;
  readonly prefix: number;
}

/** The key in the file, and the shape of its value, as in Docker's daemon.json. */
const KEY = 'default-address-pools';

/** 254 containers are many for one machine. */
const usual: readonly SubnetPool[] = ['172.30.0.0/15', '10.210.0.0/16', '192.168.128.0/17'].map((text) => ({
  base: Cidr.parse(text),
  prefix: 24,
}));

/** The smallest subnet that has an address to give beside its gateway's. */
const LONGEST_PREFIX = 30;

/** The pools in the order that they are used. Throws TSNET_CONFIG for a file that cannot be read or says something else. */
export function subnetPools(stateDirectory: string): readonly SubnetPool[] {
  const path = join(stateDirectory, 'config.json');
  const text = textOf(path);
  return text === undefined ? usual : readPools(path, text);
}

function textOf(path: string): string | undefined {
  try {
    return readSmallFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TsnetError('TSNET_CONFIG', `"${path}": ${(cause as Error).message}`, { cause });
  }
}

function readPools(path: string, text: string): readonly SubnetPool[] {
  const wrong = (what: string): TsnetError => new TsnetError('TSNET_CONFIG', `"${path}": ${what}`);
  const config = parse(path, text);
  if (!isObject(config)) throw wrong('must be an object');
  const unknown = Object.keys(config).find((key) => key !== KEY);
  if (unknown !== undefined) throw wrong(`key "${unknown}" is not known; known is "${KEY}"`);
  const pools = config[KEY];
  if (pools === undefined) return usual;
  if (!Array.isArray(pools) || pools.length === 0)
    throw wrong(`${KEY}: must be a list such as [{"base": "10.10.0.0/16", "size": 24}]`);
  return pools.map((pool, at) => readPool(pool, (what) => wrong(`${KEY}[${at}]: ${what}`)));
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TsnetError('TSNET_CONFIG', `"${path}": is no JSON: ${(cause as Error).message}`, { cause });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readPool(pool: unknown, wrong: (what: string) => TsnetError): SubnetPool {
  if (!isObject(pool)) throw wrong('must be an object with "base" and "size"');
  const unknown = Object.keys(pool).find((key) => !['base', 'size'].includes(key));
  if (unknown !== undefined) throw wrong(`key "${unknown}" is not known; known are "base" and "size"`);
  const { base: text, size } = pool;
  const base = typeof text === 'string' ? parseBase(text, wrong) : undefined;
  if (base?.family !== 4)
    throw wrong(`base ${JSON.stringify(text)}: must be an IPv4 block such as "10.10.0.0/16"`);
  if (typeof size !== 'number' || !Number.isInteger(size) || size < base.prefix || size > LONGEST_PREFIX)
    throw wrong(
      `size ${JSON.stringify(size)}: must be a prefix length from ${base.prefix}, that of the base, to ${LONGEST_PREFIX}`,
    );
  return { base, prefix: size };
}

function parseBase(text: string, wrong: (what: string) => TsnetError): Cidr {
  try {
    return Cidr.parse(text);
  } catch (error) {
    throw wrong(`base: ${(error as Error).message}`);
  }
}
