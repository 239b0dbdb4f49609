// `tsnet doctor`: what is wrong with the networks of this host, and how to mend it.
import type { Command } from 'commander';
import type { Finding } from '../../cnm/doctor/finding.ts';
import { Host } from '../../cnm/host.ts';
import { CommandExit } from '../command-exit.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';
import { addListingOptions, chooseItems, chosenText } from '../output/listing.ts';
import type { Listing, ListingOptions } from '../output/listing.ts';

const FOUND = 1;

const listing: Listing<Finding> = {
  headings: {},
  standard: ['severity', 'code', 'where', 'what'],
  plain: textOf,
  json,
  brief: ({ code, where }) => `${code} ${where}`,
  filters: {
    severity: ({ severity }, wanted) => severity === wanted,
    code: ({ code }, wanted) => code === wanted,
    where: ({ where }, wanted) => where.includes(wanted),
  },
};

function textOf(findings: readonly Finding[]): string {
  const problems = findings.filter(isProblem).length;
  const summary =
    problems === 0 ? 'nothing is wrong' : `${problems} ${problems === 1 ? 'thing is' : 'things are'} wrong`;
  const lines = findings.map(({ severity, code, where, what, mend }) => {
    return `${severity} ${code}: ${where}: ${what}\n  mend: ${mend}\n`;
  });
  return `${lines.join('')}${summary}\n`;
}

async function mend({ env, err }: Context): Promise<void> {
  const { mendAll } = await import('../../cnm/doctor/mend.ts');
  for (const mended of Host.with(env, mendAll)) err(`tsnet: mended ${mended}\n`);
}

function isProblem({ severity }: Finding): boolean {
  return severity === 'problem';
}

export function addDoctor(tsnet: Command, context: Context): void {
  const doctor = tsnet
    .command('doctor')
    .description(
      'tell what is wrong with the networks of this host, and how to mend it; exits with 1 if anything is',
    );
  doctor.option('--mend', 'put right first what tsnet can by itself; told on stderr', false);
  addListingOptions(doctor, listing).action(async (options: ListingOptions & { mend: boolean }) => {
    const { examine } = await import('../../cnm/doctor/examine.ts');
    if (options.mend) await mend(context);
    const all = Host.with(context.env, (host) => examine(host, Date.now()));
    const findings = chooseItems(all, options.filter, listing);
    context.out(chosenText(findings, options, listing));
    if (findings.some(isProblem)) throw new CommandExit(FOUND);
  });
}
