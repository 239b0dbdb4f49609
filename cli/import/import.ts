// Takes networks over from definitions of others.
import { WrongValue } from '../../cni/validate.ts';
import type { Host } from '../../cnm/host.ts';
import { definedNetworks, importNetwork } from '../../cnm/import-network.ts';
import { isTsnetError, TsnetError } from '../../errors/tsnet-error.ts';
import type { Context } from '../context.ts';
import { createCommand } from './command-line.ts';
import { conflist } from './conflist.ts';
import { docker } from './docker.ts';
import { filesIn, readJson } from './files.ts';
import { podman } from './podman.ts';
import type { Dialect, Translation } from './translation.ts';

const dialects = { docker, podman, cni: conflist } as const;

/** Whose definitions there are. */
export type Source = keyof typeof dialects;

/** What became of a definition; `where` is the name of its network, or its file. */
export type Reading = { readonly where: string } & (
  { readonly translation: Translation | undefined } | { readonly whyNot: string }
);

/**
 * Reads the definitions in files, in the usual folder if none is named. Throws TSNET_CONFIG for paths that lead to nothing.
 */
export async function readDefinitions(source: Source, paths: readonly string[]): Promise<Reading[]> {
  const dialect = dialects[source];
  const given = pathsOf(dialect, paths);
  const files = filesIn(given, dialect.endings);
  if (files.length === 0) throw new TsnetError('TSNET_CONFIG', `${given.join(', ')}: no definition is there`);
  const readings: Reading[] = [];
  for (const file of files) {
    const where = file === '-' ? 'stdin' : file;
    const definitions = await attempt(() => dialect.split(readJson(file)));
    if ('whyNot' in definitions) readings.push({ where, ...definitions });
    else
      for (const one of definitions.value) {
        const translation = await attempt(() => dialect.translate(one));
        const told = 'whyNot' in translation ? translation : { translation: translation.value };
        readings.push({ where: nameOf(one) ?? where, ...told });
      }
  }
  return readings;
}

async function attempt<T>(work: () => T): Promise<{ readonly value: T } | { readonly whyNot: string }> {
  try {
    return { value: work() };
  } catch (error) {
    if (isTsnetError(error)) return { whyNot: error.message };
    if (!(error instanceof WrongValue)) throw error;
    const { explain } = await import('../../cni/explain.ts');
    return { whyNot: explain(error).message };
  }
}

function nameOf(definition: unknown): string | undefined {
  const { Name, name = Name } = (definition ?? {}) as { Name?: unknown; name?: unknown };
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function pathsOf({ folder }: Dialect, paths: readonly string[]): readonly string[] {
  if (paths.length > 0) return paths;
  if (folder !== undefined) return [folder];
  throw new TsnetError(
    'TSNET_CONFIG',
    'name a file, or - for stdin: docker network inspect $(docker network ls -q) | tsnet network import docker -',
  );
}

/**
 * Makes the networks, each as a whole or not at all: names of new ones to stdout, or their command lines when `isDry`; what was
 * not taken over to stderr, one line each. Tells whether none was skipped.
 */
export function makeNetworks(
  { out, err }: Context,
  host: Host,
  readings: readonly Reading[],
  isDry: boolean,
): boolean {
  const known = definedNetworks(host);
  const skipped = readings.filter((reading) => {
    // What others wrote is told in it, and is to stay one line.
    const tell = (text: string): void =>
      err(`tsnet: ${`${reading.where}: ${text}`.replace(/\p{Cc}/gu, '?')}\n`);
    const whyNot = 'whyNot' in reading ? reading.whyNot : make(reading.translation, tell);
    if (whyNot !== undefined) tell(`skipped: ${whyNot}`);
    return whyNot !== undefined;
  });
  return skipped.length === 0;

  function make(translation: Translation | undefined, tell: (text: string) => void): string | undefined {
    if (translation === undefined) {
      tell('is predefined here, too, with subnets of its own');
      return undefined;
    }
    try {
      const { isNew, spec, remarks } = importNetwork(host, translation.spec, known, isDry);
      if (isNew) out(isDry ? `${createCommand(spec)}\n` : `${spec.name}\n`);
      for (const text of isNew ? [...translation.remarks, ...remarks] : ['is there already']) tell(text);
      return undefined;
    } catch (error) {
      if (isTsnetError(error, 'TSNET_CONFIG', 'TSNET_ADDRESS', 'TSNET_EXISTS', 'TSNET_EXHAUSTED'))
        return error.message;
      throw error;
    }
  }
}
