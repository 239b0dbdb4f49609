// The limits that install/systemd gives the service, laid on any command.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/paths.ts';

const folder = join(root, 'install', 'systemd');

/** The names of the system calls in seccomp.list. */
export function listedCalls(): string[] {
  const lines = readFileSync(join(folder, 'seccomp.list'), 'utf8').split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
}

/** The words that hardening.conf gives a setting, over all its lines. */
export function wordsOf(setting: string): string[] {
  const lines = readFileSync(join(folder, 'hardening.conf'), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith(`${setting}=`))
    .flatMap((line) => line.slice(setting.length + 1).split(' '))
    .filter((word) => word !== '');
}

/** The capabilities of hardening.conf, as setpriv(1) has them. */
export function listedCapabilities(): string[] {
  return wordsOf('CapabilityBoundingSet').map((name) => name.toLowerCase().replace('cap_', ''));
}

/** The command that leaves root no capabilities but these. */
export function withCapabilities(names: readonly string[]): string[] {
  const set = ['-all', ...names.map((name) => `+${name}`)].join(',');
  return ['setpriv', '--inh-caps', '-all', '--ambient-caps', '-all', '--bounding-set', set];
}

/** Compiles a program of this folder into `target`; `headers` are files beside it that it includes. */
function compile(source: string, target: string): string {
  const output = join(target, source.replace('.cc', ''));
  execFileSync('g++', ['-std=c++17', `-I${target}`, join(import.meta.dirname, source), '-o', output]);
  return output;
}

/** Makes the launcher that refuses all system calls but those of seccomp.list, and the probe of others, in `target`. */
export function makeLauncher(target: string): { launcher: string; probe: string } {
  const numbers = listedCalls().map((name) => `#ifdef __NR_${name}\n__NR_${name},\n#endif\n`);
  writeFileSync(join(target, 'allowed.h'), numbers.join(''));
  return {
    launcher: compile('seccomp-launcher.cc', target),
    probe: compile('seccomp-probe.cc', target),
  };
}
