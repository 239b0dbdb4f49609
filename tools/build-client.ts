// Builds the client of the daemon: C that needs neither a library nor a loader, compiled by g++ alone.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { root } from './paths.ts';

/** The client as it is built; the executable carries it. */
export const clientFile = join(root, 'native', 'build', 'tsnet-client');

const warnings = [
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wshadow',
  '-Wconversion',
  '-Wstrict-prototypes',
  '-Wmissing-prototypes',
  '-Wundef',
  '-Wvla',
  '-Werror',
];

const freestanding = [
  '-std=c17',
  '-O2',
  '-D_GNU_SOURCE',
  '-ffreestanding',
  // memcpy is written as a loop: it must not become a call of itself.
  '-fno-tree-loop-distribute-patterns',
  '-fno-asynchronous-unwind-tables',
  '-fno-strict-overflow',
  '-fstack-protector-strong',
  // The usual place of its secret is made by a C library.
  '-mstack-protector-guard=global',
  '-fstack-clash-protection',
  '-fno-pie',
];

const link = [
  '-static',
  '-no-pie',
  '-nostdlib',
  '-s',
  '-Wl,--gc-sections',
  '-Wl,--build-id=none',
  '-Wl,-z,noexecstack',
  '-Wl,-z,separate-code',
  '-Wl,--fatal-warnings',
];

/** Compiles native/client into native/build/tsnet-client. Throws when g++ fails. */
export function buildClient(output = clientFile): void {
  const sources = join(root, 'native', 'client');
  mkdirSync(join(root, 'native', 'build'), { recursive: true });
  // g++ takes a file for C++ unless it is told before each.
  const files = readdirSync(sources)
    .filter((name) => name.endsWith('.c'))
    .flatMap((name) => ['-x', 'c', join(sources, name)]);
  const version = `-DTSNET_VERSION="${packageJson.version}"`;
  execFileSync('g++', [...freestanding, ...warnings, version, ...files, ...link, '-o', output], {
    stdio: 'inherit',
  });
}
