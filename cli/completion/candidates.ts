// What may stand where the cursor is, concluded from the definitions of the commands.
import type { Argument, Command, Option } from 'commander';

/** A word that may stand there, and what it is. */
export interface Candidate {
  readonly word: string;
  readonly description: string;
}

/** All that may stand there. Where paths may, the shell knows better. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly paths: 'none' | 'files' | 'folders';
}

/** What there is by name on this host, asked for when it is needed. */
export interface Names {
  readonly networks: () => readonly string[];
  readonly sandboxes: () => readonly string[];
}

const NOTHING: Candidates = { candidates: [], paths: 'none' };

function isMeant(command: Command, word: string): boolean {
  return command.name() === word || command.aliases().includes(word);
}

/** What a value is, by what its definition calls it: `<network...>` are names of networks. */
function valuesOf(kind: string, names: Names): Candidates {
  const list = (description: string, words: readonly string[]): Candidates => ({
    candidates: words.map((word) => ({ word, description })),
    paths: 'none',
  });
  switch (kind) {
    case 'network':
    case 'other':
      return list('network', names.networks());
    case 'sandbox':
      return list('sandbox', names.sandboxes());
    case 'from':
    case 'to':
      return list('sandbox', ['host', ...names.sandboxes()]);
    case 'where': {
      const modes = ['none', 'host', ...names.sandboxes().map((name) => `container:${name}`)];
      return list('network', [...names.networks().filter((name) => !modes.includes(name)), ...modes]);
    }
    case 'format':
      return list('format', ['json', 'table']);
    case 'command':
    case 'file':
      return { candidates: [], paths: 'files' };
    case 'folder':
      return { candidates: [], paths: 'folders' };
    default:
      return NOTHING;
  }
}

function ofArgument(argument: Argument | undefined, names: Names): Candidates {
  if (argument === undefined) return NOTHING;
  if (argument.argChoices === undefined) return valuesOf(argument.name(), names);
  return {
    candidates: argument.argChoices.map((word) => ({ word, description: argument.description })),
    paths: 'none',
  };
}

function ofOption({ argChoices, flags, description }: Option, names: Names): Candidates {
  if (argChoices === undefined) return valuesOf(/[<[]([\w-]+)/.exec(flags)?.[1] ?? '', names);
  return { candidates: argChoices.map((word) => ({ word, description })), paths: 'none' };
}

function takesValue(option: Option | undefined): option is Option {
  return option !== undefined && (option.required || option.optional);
}

/** Where the cursor is, after the words before it. */
class Position {
  command: Command;
  /** The option whose value comes next. */
  pending: Option | undefined;
  /** How many arguments there are already. */
  count = 0;
  isBehindOptions = false;

  constructor(program: Command) {
    this.command = program;
  }

  /** The argument that comes next; the last one of a command may be repeated. */
  get argument(): Argument | undefined {
    const all = this.command.registeredArguments;
    const last = all.at(-1);
    return all[this.count] ?? (last?.variadic === true ? last : undefined);
  }

  /** From here on the words are those of another command. */
  get isForeign(): boolean {
    return this.count > 0 && this.command.registeredArguments[0]?.name() === 'command';
  }

  pass(word: string): void {
    if (this.pending !== undefined) this.pending = undefined;
    else if (this.isForeign) return;
    else if (word === '--' && !this.isBehindOptions) this.isBehindOptions = true;
    else if (word.startsWith('-') && !this.isBehindOptions) {
      const option = this.optionOf(word);
      if (takesValue(option) && !word.includes('=')) this.pending = option;
    } else {
      const next = this.count === 0 ? this.command.commands.find((one) => isMeant(one, word)) : undefined;
      if (next === undefined) this.count++;
      else this.command = next;
    }
  }

  optionOf(word: string): Option | undefined {
    const flag = word.split('=')[0];
    return this.command.options.find(({ short, long }) => flag === short || flag === long);
  }
}

function flagsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleOptions(command);
  return visible.flatMap(({ long, short, description }) => {
    const word = long ?? short;
    return word == null ? [] : [{ word, description }];
  });
}

function allAt(position: Position, current: string, names: Names): Candidates {
  const { command, pending, argument, isBehindOptions, isForeign } = position;
  if (pending !== undefined) return ofOption(pending, names);
  if (isForeign) return { candidates: [], paths: 'files' };
  if (current.startsWith('-') && !isBehindOptions) {
    const option = position.optionOf(current);
    const at = current.indexOf('=');
    if (at < 0 || !takesValue(option)) return { candidates: flagsOf(command), paths: 'none' };
    const { candidates, paths } = ofOption(option, names);
    const flag = current.slice(0, at + 1);
    return { candidates: candidates.map((one) => ({ ...one, word: `${flag}${one.word}` })), paths };
  }
  const commands = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), description: one.description() }));
  const { candidates, paths } = ofArgument(argument, names);
  return { candidates: [...(position.count === 0 ? commands : []), ...candidates], paths };
}

/** What the last of `words`, which may be empty, can become. The words are those behind the program's name. */
export function complete(program: Command, words: readonly string[], names: Names): Candidates {
  const position = new Position(program);
  for (const word of words.slice(0, -1)) position.pass(word);
  const current = words.at(-1) ?? '';
  const { candidates, paths } = allAt(position, current, names);
  return { candidates: candidates.filter(({ word }) => word.startsWith(current)), paths };
}
