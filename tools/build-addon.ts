// Builds the C++ addon with g++ alone and holds it to what it may need of the host: libc, and an old one.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packages, root } from './paths.ts';

export const addonFile = join(root, 'native', 'build', 'tsnet.node');

/** The newest glibc symbol version that Bun's own executable needs; the addon must not need a newer one. */
const OLDEST_GLIBC = [2, 17] as const;

/** Compiles native/src into native/build/tsnet.node. Throws when g++ fails or the result needs too much. */
export function buildAddon(extraFlags: readonly string[] = [], output = addonFile): void {
  compileAddon(extraFlags, ['-s'], output);
  checkNeeds(output);
}

/** Compiles native/src into `output`, linked with these flags more. Throws when g++ fails. */
export function compileAddon(
  extraFlags: readonly string[],
  linkFlags: readonly string[],
  output: string,
): void {
  const sources = join(root, 'native', 'src');
  mkdirSync(join(root, 'native', 'build'), { recursive: true });
  const flags = [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-DNAPI_VERSION=8',
    '-DNAPI_DISABLE_CPP_EXCEPTIONS',
    '-fno-exceptions',
    '-fno-rtti',
    '-fvisibility=hidden',
    '-ffunction-sections',
    `-I${join(packages, 'node-api-headers', 'include')}`,
    '-isystem',
    join(packages, 'node-addon-api'),
  ];
  const files = readdirSync(sources)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join(sources, name));
  const link = ['-nodefaultlibs', '-Wl,--gc-sections', ...linkFlags, '-lc'];
  execFileSync('g++', [...flags, ...extraFlags, ...files, ...link, '-o', output], { stdio: 'inherit' });
}

function checkNeeds(file: string): void {
  const symbols = execFileSync('objdump', ['-T', file], { encoding: 'utf8' });
  const libraries = execFileSync('objdump', ['-p', file], { encoding: 'utf8' });
  const needed = [...libraries.matchAll(/NEEDED\s+(\S+)/g)].map(([, name]) => name);
  const newest = [...symbols.matchAll(/GLIBC_(\d+)\.(\d+)/g)].find(([, major, minor]) => {
    const [atMostMajor, atMostMinor] = OLDEST_GLIBC;
    return Number(major) > atMostMajor || Number(minor) > atMostMinor;
  });
  const undefinedSymbol = symbols.split('\n').find((line) => /\*UND\*.*\s_Z/.test(line));
  if (needed.some((name) => name !== 'libc.so.6'))
    throw new Error(`the addon needs ${needed.join(', ')}, not libc alone`);
  if (newest !== undefined)
    throw new Error(`the addon needs ${newest[0]}, newer than GLIBC_${OLDEST_GLIBC.join('.')}`);
  if (undefinedSymbol !== undefined)
    throw new Error(`the addon leaves a C++ symbol undefined: ${undefinedSymbol}`);
}
