// Runs one of the project's TypeScript tools, after putting in place what it needs.
// usage: node tools/launch.mjs <script> [argument...]
//
// The machine's own Node (>= 20) is only good enough for this file: the packages come from npm, and with them
// the newer Node that runs TypeScript and node:sqlite.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = join(root, 'node_modules');
const stamp = join(packages, '.installed-lock');
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.error('tsnet: installing packages (once; about a minute)');
  const install = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (install.status !== 0) {
    console.error('tsnet: npm ci failed: see its message above');
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

const node = join(packages, `node-linux-${process.arch}`, 'bin', 'node');
if (!existsSync(node)) {
  console.error(`tsnet: no Node for ${process.platform}-${process.arch} came through npm`);
  process.exit(1);
}
const run = spawnSync(node, process.argv.slice(2), { cwd: root, stdio: 'inherit' });
process.exit(run.status ?? 1);
