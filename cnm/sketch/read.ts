// Reads what a sketch shows: the store, and the links, addresses and routes of the host. Nothing is changed.
import { hostname } from 'node:os';
import { listNetworks } from '../../state/network.ts';
import { isStoreAt, runDatabase } from '../../state/place.ts';
import { listSandboxes } from '../../state/sandbox.ts';
import type { Sandbox } from '../../state/sandbox.ts';
import { allFilters } from '../filter/define.ts';
import type { Host } from '../host.ts';
import { hasNetworks, withNetworks } from '../network-store.ts';
import { hasEnded } from '../sandbox-process.ts';
import { readDevices } from './devices.ts';
import type { SketchedDevice } from './devices.ts';
import { readEndpoints } from './endpoints.ts';
import type { KnownEndpoint } from './endpoints.ts';
import type { SketchedNetwork, SketchedSandbox, Sketch, Uplink } from './model.ts';
import { isOnNetwork, networksOf, strangerId } from './networks.ts';

/** Reads all of it; a store that is not there is not made. Throws KernelError, or what opening the store throws. */
export function readSketch(host: Host): Sketch {
  const devices = readDevices(host);
  const hasStore = isStoreAt(runDatabase(host.places.run));
  const known = hasStore ? readEndpoints(host.db) : [];
  const defined = hasNetworks(host) ? withNetworks(host, listNetworks) : [];
  const networks = networksOf({ defined, known, devices });
  const own = hasStore ? listLive(host).map(toSandbox) : [];
  const listed = new Set(own.map(({ id }) => id));
  const containers = [...new Set(known.map(({ endpoint }) => endpoint.container))].filter(
    (id) => !listed.has(id),
  );
  return {
    host: hostname(),
    uplinks: uplinksOf(devices, networks),
    networks,
    sandboxes: [...own, ...containers.map((id) => toContainer(id, known)), ...strangersOn(networks)],
    filters: hasStore && defined.length > 0 ? allFilters(host) : [],
  };
}

function listLive({ db }: Host): Sandbox[] {
  return listSandboxes(db)
    .filter((one) => !hasEnded(one))
    .reverse();
}

function toSandbox({ id, name, mode, command }: Sandbox): SketchedSandbox {
  const isShared = mode.startsWith('container:');
  const place = mode === 'host' || mode === 'none' ? mode : isShared ? 'shared' : 'networks';
  return {
    ...{ id, name, origin: 'tsnet', place },
    sharedWith: isShared ? mode.slice('container:'.length) : undefined,
    command: command.join(' '),
  };
}

// A container id is 64 hex digits, of which 12 are shown.
function shortened(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
}

function toContainer(id: string, known: readonly KnownEndpoint[]): SketchedSandbox {
  const own = known.filter(({ endpoint }) => endpoint.container === id);
  const shares = own.find(({ endpoint }) => endpoint.shares !== undefined)?.endpoint.shares;
  const isNetworked = own.some(isOnNetwork);
  const isOnHost = own.some(({ endpoint }) => endpoint.mode === 'host');
  const place = isNetworked ? 'networks' : shares !== undefined ? 'shared' : isOnHost ? 'host' : 'none';
  return {
    ...{ id, name: shortened(id), origin: 'cni', place },
    sharedWith: shares === undefined ? undefined : shortened(shares),
    command: undefined,
  };
}

function strangersOn(networks: readonly SketchedNetwork[]): SketchedSandbox[] {
  return networks
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ sandbox, ifname }) => sandbox === strangerId(ifname))
    .map(({ sandbox: id, ifname: name }) => {
      return { id, name, origin: 'other', place: 'networks', sharedWith: undefined, command: undefined };
    });
}

// What leads outside: it has addresses, or a default route, and is no network that is drawn itself.
function uplinksOf(devices: readonly SketchedDevice[], networks: readonly SketchedNetwork[]): Uplink[] {
  const inside = new Set(
    networks.flatMap(({ device, endpoints }) => [device, ...endpoints.map(({ ifname }) => ifname)]),
  );
  return devices
    .filter(({ name, kind, isUp, isLoopback, isWayOut, addresses, alias }) => {
      const isDrawn = inside.has(name) && kind === 'bridge' && !isWayOut;
      return isUp && !isLoopback && !isDrawn && alias === undefined && (addresses.length > 0 || isWayOut);
    })
    .map(({ name: device, addresses, isWayOut }) => ({ device, addresses, isWayOut }));
}
