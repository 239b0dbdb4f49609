// Addresses that the reference plugin host-local gave before tsnet took its place: a file for each, named by the address,
// below <dataDir>/<network>. They stay their containers' until these are deleted, by us.
import { constants, lstatSync, readdirSync, rmSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import type { EndpointKey } from '../state/endpoint.ts';
import { readSmallFile } from './small-file.ts';

/** Where host-local keeps its files when a configuration does not say. */
const STANDARD_FOLDER = '/var/lib/cni/networks';

/** A file is written right after it is made; one that is empty for longer was cut off by a crash and holds nothing. */
const WRITING_MS = 60_000;

/** The folder of a network's files. Where the caller happens to be has no say in it. */
export function hostLocalFolder(network: string, dataDir = STANDARD_FOLDER): string {
  return resolve('/', dataDir, network);
}

/** Makes the function that tells whether host-local has given an address; without a folder it gave none. */
export function heldByHostLocal(folder: string | undefined): (ip: Ip) => boolean {
  if (folder === undefined) return () => false;
  return (ip) => {
    const file = fileOf(join(folder, ip.toString()));
    return file !== undefined && (file.size > 0 || Date.now() - file.mtimeMs < WRITING_MS);
  };
}

function fileOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new TsnetError('TSNET_PERMISSION', 'cannot look for addresses of host-local: run as root', {
      cause,
      details: (cause as Error).message,
    });
  }
}

/** An address that host-local gave; before 0.7 it did not write to which interface. */
export interface GivenAddress {
  readonly ip: Ip;
  readonly container: string;
  readonly ifname: string | undefined;
  readonly path: string;
}

/** What host-local gave, but for what a crash cut off. Reads every file of the folder. */
export function givenByHostLocal(folder: string): GivenAddress[] {
  return filesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const [container = '', ifname] = contentOf(path)
      .split(/\r?\n/)
      .map((line) => line.trim());
    return container === '' ? [] : [{ ip: Ip.parse(name), container, ifname: ifname || undefined, path }];
  });
}

/** Tells whether an address was given to that endpoint. */
export function isGivenTo({ container, ifname }: GivenAddress, key: Omit<EndpointKey, 'network'>): boolean {
  return container === key.container && (ifname ?? key.ifname) === key.ifname;
}

/** Frees what host-local gave to an endpoint. Nothing there is no error. */
export function releaseFromHostLocal(folder: string, key: EndpointKey): void {
  for (const given of givenByHostLocal(folder))
    if (isGivenTo(given, key)) rmSync(given.path, { force: true });
}

/** Frees what host-local gave to whom is not to be kept. Nothing there is no error. */
export function collectFromHostLocal(folder: string, keep: readonly EndpointKey[]): void {
  const kept = Map.groupBy(keep, ({ container }) => container);
  for (const given of givenByHostLocal(folder)) {
    const isKept = kept.get(given.container)?.some((key) => isGivenTo(given, key)) === true;
    if (!isKept) rmSync(given.path, { force: true });
  }
}

/** Tells whether an endpoint has an address from host-local. */
export function hasFromHostLocal(folder: string, key: EndpointKey): boolean {
  return givenByHostLocal(folder).some((given) => isGivenTo(given, key));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(isAddress);
  } catch {
    return [];
  }
}

function isAddress(name: string): boolean {
  try {
    Ip.parse(name);
    return true;
  } catch {
    return false;
  }
}

function contentOf(path: string): string {
  try {
    return readSmallFile(path, constants.O_NOFOLLOW);
  } catch {
    return '';
  }
}
