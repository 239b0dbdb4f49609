// What the figures were measured on.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, release, totalmem } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import { findNetavark } from './netavark.ts';

/** What programs print when they are asked for their version, or nothing where they are missing. */
function told(program: string, ...words: string[]): string {
  const { stdout } = spawnSync(program, words, { encoding: 'utf8' });
  return (stdout as string | null)?.split('\n')[0]?.trim() ?? '';
}

function fieldOf(file: string, pattern: RegExp): string {
  return pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? 'unknown';
}

/** The machine and the versions of what is compared, a line for each. */
export function describeMachine(): string[] {
  const processor = fieldOf('/proc/cpuinfo', /^model name\s*:\s*(.+)$/m);
  const netavark = findNetavark();
  const dockerd = told('dockerd', '--version');
  const reference = told('dpkg-query', '--showformat=${Version}', '--show', 'containernetworking-plugins');
  return [
    `${availableParallelism()} cores (${processor}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `${fieldOf('/etc/os-release', /^PRETTY_NAME="?([^"\n]+)/m)}, kernel ${release().split('-')[0] ?? ''}`,
    `tsnet ${packageJson.version}`,
    ...(reference === ''
      ? []
      : [`containernetworking-plugins ${reference}, ${told('iptables', '--version')}`]),
    ...(netavark === undefined ? [] : [told(netavark, '--version')]),
    ...(dockerd === '' ? [] : [dockerd]),
  ];
}
