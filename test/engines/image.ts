// An image made by hand: one layer, packed as `docker save` packs it (moby/moby, image/spec/v1.2.md).
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What an image is made of. */
export interface Image {
  /** Its name, with tag. */
  readonly name: string;
  /** The folder that becomes its root filesystem. */
  readonly root: string;
  /** What runs in a container of it. */
  readonly command: readonly string[];
}

/** Writes the archive of an image below `folder` and gives its path. */
export function packImage({ name, root, command }: Image, folder: string): string {
  const parts = join(folder, 'image');
  mkdirSync(parts);
  const layer = join(parts, 'layer.tar');
  execFileSync('tar', ['-C', root, '-cf', layer, '.']);
  const digest = createHash('sha256').update(readFileSync(layer)).digest('hex');
  const config = {
    architecture: ARCHITECTURES[process.arch],
    os: 'linux',
    config: { Cmd: command, Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
  writeFileSync(join(parts, 'config.json'), JSON.stringify(config));
  writeFileSync(join(parts, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(folder, 'image.tar');
  execFileSync('tar', ['-C', parts, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar']);
  return archive;
}
