// Builds dist/tsnet, the one executable, and dist/cni/<plugin>, a link to it for each plugin; dist/tsnet-client, the
// client of the daemon, and dist/cni-client/<plugin>, a link to that.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { plugins } from '../bin/plugins.ts';
import { addonFile, buildAddon } from './build-addon.ts';
import { buildClient, clientFile } from './build-client.ts';
import { buildTables } from './build-tables.ts';
import { bun, client, clientFolder, cniFolder, dist, executable, root } from './paths.ts';

/** Compiles the sources and the addon into one executable that needs nothing on the host but libc. */
function compile(): void {
  mkdirSync(dist, { recursive: true });
  const fresh = `${executable}.new`;
  const flags = [
    '--compile',
    '--minify',
    '--bytecode',
    // A plugin is loaded without the command line.
    '--splitting',
    // One call is over before an optimising compiler has paid off its threads.
    '--compile-jit-policy=40',
    '--format=esm',
    // Run as root from anywhere: it must not read the caller's folder.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
  ];
  execFileSync(bun, ['build', ...flags, join(root, 'bin', 'tsnet.ts'), '--outfile', fresh], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // Put in place at once: whoever runs the old one meanwhile goes on with it.
  renameSync(fresh, executable);
}

function putClient(): void {
  const fresh = `${client}.new`;
  copyFileSync(clientFile, fresh);
  renameSync(fresh, client);
}

function linkPlugins(folder: string, target: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!(name in plugins)) rmSync(join(folder, name));
  for (const name of Object.keys(plugins)) {
    const link = join(folder, name);
    if (!existsSync(link)) symlinkSync(relative(folder, target), link);
  }
}

/** The folders at the top that the executable is not made of. */
const elsewhere = ['bench', 'dist', 'docs', 'fuzz', 'node_modules', 'test', 'tools'];

function newestSource(): number {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !elsewhere.includes(entry.name))
    .map(({ name }) => join(root, name));
  const files = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter(({ name }) => /\.(ts|cc|c|h)$/.test(name) && !name.endsWith('.test.ts'))
    .map(({ parentPath, name }) => join(parentPath, name));
  files.push(
    join(root, 'package-lock.json'),
    ...['build.ts', 'build-addon.ts', 'build-client.ts', 'build-tables.ts'].map((name) =>
      join(root, 'tools', name),
    ),
  );
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

/** Builds what is older than its sources; `isForced` builds everything. */
export function build(isForced: boolean): void {
  const built = statSync(executable, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (!isForced && built > newestSource()) return;
  const start = performance.now();
  buildAddon();
  buildClient();
  buildTables();
  compile();
  putClient();
  linkPlugins(cniFolder, executable);
  linkPlugins(clientFolder, client);
  const megabytes = (statSync(executable).size / 1e6).toFixed(0);
  const [addon, small] = [addonFile, client].map((file) => (statSync(file).size / 1e3).toFixed(0));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `built dist/tsnet (${megabytes} MB, addon ${addon} kB, client ${small} kB) and dist/cni/{${Object.keys(plugins).join(',')}} in ${seconds} s`,
  );
}

if (import.meta.main) build(true);
