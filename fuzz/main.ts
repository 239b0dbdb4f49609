// `npm run fuzz`: fuzzes one target, or all in turn, for as long as is asked for.
// usage: npm run fuzz -- [target...] [--minutes <n>] [--seed <n>] [--keep]
import { parseArgs } from 'node:util';
import { keepSeed } from './seeds.ts';
import { targetNames } from './targets.ts';
import { watch } from './watch.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    // Keeps the inputs that reached something new, too, not only those that broke a law.
    keep: { type: 'boolean', default: false },
  },
});
const names = positionals.length === 0 ? targetNames : positionals;
const milliseconds = (Number(values.minutes) * 60_000) / names.length;

for (const target of names) {
  const { runs, covered, corpus, finding } = await watch({
    target,
    seed: Number(values.seed),
    milliseconds,
    runs: 0,
  });
  console.log(
    `${target}: ${runs} runs, seed ${values.seed}, ${corpus.length} inputs reach ${covered} characters`,
  );
  if (values.keep) for (const input of corpus) keepSeed(target, input);
  if (finding === undefined) continue;
  console.log(`${target}: a law is broken by ${keepSeed(target, finding.input)}\n${finding.error}`);
  process.exitCode = 1;
}
