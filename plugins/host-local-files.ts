// What host-local gave before tsnet took its place, as far as a call's configuration is one that it would have served.
import type { Call, GcCall } from '../cni/index.ts';
import {
  collectFromHostLocal,
  hasFromHostLocal,
  hostLocalFolder,
  releaseFromHostLocal,
} from '../cnm/host-local.ts';
import { keyOf, keysToKeep } from './endpoint.ts';

/** Where host-local kept what it gave. */
export function folderOf({ config, network }: Call): string | undefined {
  const { type, dataDir } = config.ipam ?? {};
  return type === 'host-local' ? hostLocalFolder(network, dataDir) : undefined;
}

/** Tells whether the endpoint of a call has an address from host-local. */
export function hasOld(call: Call): boolean {
  const folder = folderOf(call);
  return folder !== undefined && hasFromHostLocal(folder, keyOf(call));
}

/** Frees what the endpoint of a call has from host-local. */
export function releaseOld(call: Call): void {
  const folder = folderOf(call);
  if (folder !== undefined) releaseFromHostLocal(folder, keyOf(call));
}

/** Frees what host-local gave to whom GC is not to keep. */
export function collectOld(call: GcCall): void {
  const folder = folderOf(call);
  if (folder !== undefined) collectFromHostLocal(folder, keysToKeep(call));
}
