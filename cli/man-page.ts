// Man pages, in roff (man(7)), of what the commands are defined by.
import type { Command } from 'commander';

/** Text as roff takes it: no line may look like a request, and a hyphen is to be one that can be copied. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

function pathOf(command: Command): string[] {
  return command.parent === null ? [command.name()] : [...pathOf(command.parent), command.name()];
}

/** The name of the page of a command: `tsnet-network-create`. */
export function pageName(command: Command): string {
  return pathOf(command).join('-');
}

/** The command and those below it that have a page. */
export function documented(command: Command): Command[] {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  return [command, ...below.flatMap(documented)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

function entry(term: string, text: string): string[] {
  return ['.TP', `\\fB${escape(term)}\\fR`, escape(text)];
}

function flags(text: string): string {
  // The flag is bold, what it takes is not.
  return escape(text).replace(/ ([<[].*)$/, '\\fR $1\\fB');
}

const exits: readonly (readonly [string, string])[] = [
  ['0', 'It is done.'],
  ['1', 'It could not be done, or something was found; stderr or the output says what.'],
  ['2', 'The words of the command line are wrong.'],
];
const runExits: readonly (readonly [string, string])[] = [
  ['125', 'tsnet could not do its part.'],
  ['126', 'The command cannot be run.'],
  ['127', 'There is no such command.'],
  ['any other', 'That of the command.'],
];
const environment: readonly (readonly [string, string])[] = [
  ['TSNET_RUN_DIR', 'where endpoints, leases and ports of this boot are, in place of /run/tsnet'],
  ['TSNET_STATE_DIR', 'where the networks are that you defined, in place of /var/lib/tsnet'],
  ['TSNET_LOG', 'info or trace: what is told of the work, on stderr'],
  ['NO_COLOR', 'set to anything: no colours'],
];

function options(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .flatMap((option) => ['.TP', `\\fB${flags(option.flags)}\\fR`, escape(help.optionDescription(option))]);
}

function seeAlso(command: Command): string {
  const below = documented(command)
    .filter((one) => one.parent === command)
    .map(pageName);
  const above = command.parent === null ? [] : [pageName(command.parent)];
  return [...above, ...below].map((name) => `.BR ${escape(name)} (1)`).join(',\n');
}

/** The page of a command. */
export function manPage(command: Command, version: string): string {
  const help = command.createHelp();
  const name = pageName(command);
  const list = (pairs: readonly (readonly [string, string])[]): string[] =>
    pairs.flatMap(([term, text]) => entry(term, text));
  const called = help.commandUsage(command).slice(pathOf(command).join(' ').length + 1);
  const commands = documented(command).filter((one) => one.parent === command);
  const isRunning = command.registeredArguments[0]?.name() === 'command';
  const lines = [
    `.TH ${escape(name.toUpperCase())} 1 "" "tsnet ${escape(version)}" "tsnet"`,
    ...section('NAME', [`${escape(name)} \\- ${escape(command.description())}`]),
    ...section('SYNOPSIS', [`.B ${escape(pathOf(command).join(' '))}`, escape(called)]),
    ...section('ARGUMENTS', list(command.registeredArguments.map((one) => [one.name(), one.description]))),
    ...section('OPTIONS', options(command)),
    ...section('COMMANDS', list(commands.map((one) => [one.name(), one.description()]))),
    ...section('"EXIT STATUS"', list(isRunning ? runExits : exits)),
    ...section('ENVIRONMENT', list(environment)),
    ...section(
      '"SEE ALSO"',
      [seeAlso(command)].filter((text) => text !== ''),
    ),
  ];
  return `${lines.join('\n')}\n`;
}
