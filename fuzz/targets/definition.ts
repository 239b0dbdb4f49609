// Definitions of networks by Docker, podman and CNI. The first byte says whose it is taken for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { explain } from '../../cni/explain.ts';
import { WrongValue } from '../../cni/validate.ts';
import { createCommand } from '../../cli/import/command-line.ts';
import { conflist } from '../../cli/import/conflist.ts';
import { docker } from '../../cli/import/docker.ts';
import { podman } from '../../cli/import/podman.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { root } from '../../tools/paths.ts';
import { inputs, law, reading, textOf } from '../target.ts';
import type { Target } from '../target.ts';
import { words } from './words.ts';

const dialects = [docker, podman, conflist];

const samples = join(root, 'test', 'definitions');

function seeds(): Uint8Array[] {
  const files = ['docker-20.10.json', 'docker-29.json', 'podman/nn.json', ...namesIn('cni')];
  return files.flatMap((name) => {
    const text = JSON.stringify(JSON.parse(readFileSync(join(samples, name), 'utf8')));
    return inputs(`${String.fromCharCode(name.startsWith('d') ? 0 : name.startsWith('p') ? 1 : 2)}${text}`);
  });
}

function namesIn(folder: string): string[] {
  return readdirSync(join(samples, folder)).map((name) => join(folder, name));
}

export const definition: Target = {
  about: 'a definition of a network by Docker, podman or CNI',
  words: [
    ...words,
    '"Name":',
    '"Driver":"bridge"',
    '"IPAM":',
    '"Config":',
    '"lease_range":',
    '"nat-unprotected"',
  ],
  seeds,
  run: (input) => {
    const dialect = dialects[(input[0] ?? 0) % dialects.length] ?? docker;
    const json = reading((): unknown => JSON.parse(textOf(input.subarray(1))), SyntaxError);
    if (json === undefined) return;
    for (const one of dialect.split(json.value)) {
      try {
        const translation = dialect.translate(one);
        if (translation === undefined) continue;
        law(isDeepStrictEqual(dialect.translate(one), translation), 'not the same the second time');
        const { spec } = translation;
        law(createCommand(spec).includes(spec.name.replaceAll("'", `'\\''`)), 'a command without the name');
        for (const { cidr, range } of spec.subnets)
          law(
            range === undefined || cidr.containsCidr(range),
            `${String(range)} is not in ${cidr.toString()}`,
          );
      } catch (error) {
        if (error instanceof WrongValue) law(explain(error).message !== '', 'refused without a word');
        else if (!(error instanceof TsnetError)) throw error;
      }
    }
  },
};
