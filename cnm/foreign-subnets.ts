// Subnets of the networks that other programs have defined and that nothing in the kernel need show yet. (Docker's are seen by
// their bridges, which are there as long as the networks.)
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Cidr, Ip } from '../address/index.ts';
import { readSmallFile } from './small-file.ts';

/** Where podman (netavark) and CNI keep definitions, below `/` and below a user's home. */
const folders = ['etc/containers/networks', 'var/lib/containers/storage/networks', 'etc/cni/net.d'];
const foldersAtHome = [
  '.local/share/containers/storage/networks',
  '.config/containers/networks',
  '.config/cni/net.d',
];

/** The places to look in, for a user with that home. */
export function foreignFolders(home: string): string[] {
  return [
    ...folders.map((folder) => join('/', folder)),
    ...foldersAtHome.map((folder) => join(home, folder)),
  ];
}

/** What networks of others have, by the definitions in these folders. What cannot be read or understood has nothing. */
export function foreignSubnets(places: readonly string[]): Cidr[] {
  return places.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => /\.(json|conf|conflist)$/.test(name))
      .flatMap((name) => subnetsIn(contentOf(join(folder, name)))),
  );
}

/** All that is called a subnet in a definition: `subnets[].subnet` of netavark, `ipam.subnet` and `ipam.ranges` of CNI. */
export function subnetsIn(value: unknown): Cidr[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === 'subnet' && typeof inner === 'string' ? blockOf(inner) : subnetsIn(inner),
  );
}

// The reference plugins take a subnet with host bits, too.
function blockOf(text: string): Cidr[] {
  const [address = '', prefix = ''] = text.split('/');
  try {
    return [Cidr.of(Ip.parse(address), /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1)];
  } catch {
    return [];
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function contentOf(path: string): unknown {
  try {
    return JSON.parse(readSmallFile(path));
  } catch {
    return undefined;
  }
}
