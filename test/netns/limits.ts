// The limits that the service has (install/systemd), laid on any command.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hardening } from '../../install/systemd/hardening.ts';

/** The words that the service gives a setting, over all its lines. */
export function wordsOf(setting: string): string[] {
  return hardening
    .filter((line) => line.startsWith(`${setting}=`))
    .flatMap((line) => line.slice(setting.length + 1).split(' '))
    .filter((word) => word !== '');
}

/** The capabilities of the service, as setpriv(1) has them. */
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

/** Makes the launcher that refuses all system calls but those of the service, and the probe of others, in `target`. */
export function makeLauncher(target: string): { launcher: string; probe: string } {
  const numbers = wordsOf('SystemCallFilter').map((name) => `#ifdef __NR_${name}\n__NR_${name},\n#endif\n`);
  writeFileSync(join(target, 'allowed.h'), numbers.join(''));
  return {
    launcher: compile('seccomp-launcher.cc', target),
    probe: compile('seccomp-probe.cc', target),
  };
}
