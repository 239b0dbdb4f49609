// `tsnet doctor`: what is wrong with the networks of this host, and how to mend it.
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Finding } from '../../cnm/doctor/finding.ts';
import { Host } from '../../cnm/host.ts';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';

const FOUND = 1;

function textOf(findings: readonly Finding[]): string {
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  const summary =
    problems === 0 ? 'nothing is wrong' : `${problems} ${problems === 1 ? 'thing is' : 'things are'} wrong`;
  const lines = findings.map(({ severity, code, where, what, mend }) => {
    return `${severity} ${code}: ${where}: ${what}\n  mend: ${mend}\n`;
  });
  return `${lines.join('')}${summary}\n`;
}

export function addDoctor(tsnet: Command, context: Context): void {
  const format = new Option('--format <format>', 'text, or all findings as JSON');
  tsnet
    .command('doctor')
    .description(
      'tell what is wrong with the networks of this host, and how to mend it; exits with 1 if anything is',
    )
    .addOption(format.choices(['text', 'json']).default('text'))
    .action(async (options: { format: 'text' | 'json' }) => {
      const { examine } = await import('../../cnm/doctor/examine.ts');
      const findings = Host.with(context.env, (host) => examine(host, Date.now()));
      context.out(options.format === 'json' ? json(findings) : textOf(findings));
      if (findings.some(({ severity }) => severity === 'problem')) throw new CommandExit(FOUND);
    });
}
