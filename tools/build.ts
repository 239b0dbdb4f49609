// Builds dist/tsnet, the one executable, and dist/cni/<plugin>, a link to it for each plugin.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { plugins } from '../bin/plugins.ts';
import { addonFile, buildAddon } from './build-addon.ts';
import { cniFolder, dist, executable, packages, root } from './paths.ts';

const bun = join(
  packages,
  '@oven',
  `bun-linux-${process.arch === 'arm64' ? 'aarch64' : process.arch}`,
  'bin',
  'bun',
);

/** Compiles the sources and the addon into one executable that needs nothing on the host but libc. */
function compile(): void {
  mkdirSync(dist, { recursive: true });
  const flags = [
    '--compile',
    '--minify',
    '--bytecode',
    '--format=esm',
    // Run as root from anywhere: it must not read the caller's folder.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
  ];
  execFileSync(bun, ['build', ...flags, join(root, 'bin', 'tsnet.ts'), '--outfile', executable], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function linkPlugins(): void {
  rmSync(cniFolder, { recursive: true, force: true });
  mkdirSync(cniFolder);
  for (const name of Object.keys(plugins))
    symlinkSync(relative(cniFolder, executable), join(cniFolder, name));
}

function newestSource(): number {
  const folders = [
    'address',
    'bin',
    'cli',
    'cni',
    'cnm',
    'errors',
    'firewall',
    'ipam',
    'native',
    'netlink',
    'netns',
    'plugins',
    'state',
  ];
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(root, 'native', 'build')))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  files.push(
    join(root, 'package-lock.json'),
    join(root, 'tools', 'build.ts'),
    join(root, 'tools', 'build-addon.ts'),
  );
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

/** Builds what is older than its sources; `isForced` builds everything. */
export function build(isForced: boolean): void {
  const built = statSync(executable, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (!isForced && built > newestSource()) return;
  const start = performance.now();
  buildAddon();
  compile();
  linkPlugins();
  const megabytes = (statSync(executable).size / 1e6).toFixed(0);
  const kilobytes = (statSync(addonFile).size / 1e3).toFixed(0);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `built dist/tsnet (${megabytes} MB, addon ${kilobytes} kB) and dist/cni/{${Object.keys(plugins).join(',')}} in ${seconds} s`,
  );
}

if (import.meta.main) build(true);
