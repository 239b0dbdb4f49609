// Addresses that the reference plugin host-local gave before tsnet took its place: a file for each, named by the address,
// below <dataDir>/<network>. They stay their containers' until these are deleted, by us.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { Ip } from '../address/index.ts';
import { TsnetError } from '../errors/tsnet-error.ts';
import type { EndpointKey } from '../state/endpoint.ts';

/** Where host-local keeps its files when a configuration does not say. */
const STANDARD_FOLDER = '/var/lib/cni/networks';

/** A file is written right after it is made; one that is empty for longer was cut off by a crash and holds nothing. */
const WRITING_MS = 60_000;

/** The folder of a network's files. */
export function hostLocalFolder(network: string, dataDir = STANDARD_FOLDER): string {
  return join(dataDir, network);
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
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new TsnetError('TSNET_PERMISSION', 'cannot look for addresses of host-local: run as root', {
      cause,
      details: (cause as Error).message,
    });
  }
}

/** Whom host-local gave an address to; before 0.7 it wrote the container's id alone. */
interface Holder {
  readonly container: string;
  readonly ifname: string | undefined;
}

function isOf({ container, ifname }: Holder, key: EndpointKey): boolean {
  return container === key.container && (ifname === undefined || ifname === key.ifname);
}

/** Frees what host-local gave to an endpoint. Nothing there is no error. Reads every file of the folder. */
export function releaseFromHostLocal(folder: string, key: EndpointKey): void {
  release(folder, (holder) => isOf(holder, key));
}

/** Frees what host-local gave to whom is not to be kept. Nothing there is no error. Reads every file of the folder. */
export function collectFromHostLocal(folder: string, keep: readonly EndpointKey[]): void {
  const kept = Map.groupBy(keep, ({ container }) => container);
  release(folder, (holder) => kept.get(holder.container)?.some((key) => isOf(holder, key)) !== true);
}

/** Tells whether an endpoint has an address from host-local. Reads every file of the folder. */
export function hasFromHostLocal(folder: string, key: EndpointKey): boolean {
  return filesIn(folder).some((name) => {
    const holder = holderOf(join(folder, name));
    return holder !== undefined && isOf(holder, key);
  });
}

function release(folder: string, isToGo: (holder: Holder) => boolean): void {
  for (const name of filesIn(folder)) {
    const path = join(folder, name);
    const holder = holderOf(path);
    if (holder !== undefined && isToGo(holder)) rmSync(path, { force: true });
  }
}

// A file without content is being written, or was cut off and holds nothing.
function holderOf(path: string): Holder | undefined {
  const [container = '', ifname] = contentOf(path).split(/\r?\n/);
  return container.trim() === '' ? undefined : { container: container.trim(), ifname: ifname?.trim() };
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
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
