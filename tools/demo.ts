// `npm run demo`: builds, then shows the main job in namespaces that end with it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.ts';
import { root } from './paths.ts';

build(false);
const place = mkdtempSync(join(tmpdir(), 'tsnet-demo-'));
// An ordinary user is root inside a user namespace of his own.
const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const show = spawnSync(
  'unshare',
  [...asRoot, '--net', '--mount', process.execPath, join(root, 'tools', 'demo', 'show.ts')],
  {
    stdio: 'inherit',
    env: { ...process.env, TSNET_RUN_DIR: join(place, 'run'), TSNET_STATE_DIR: join(place, 'state') },
  },
);
rmSync(place, { recursive: true, force: true });
if (show.status !== 0 && asRoot.length > 0) {
  console.error('tsnet: the demo needs root, or a kernel that lets ordinary users make user namespaces');
}
process.exitCode = show.status ?? 1;
