// `npm run sanitize`: the tests of the addon under AddressSanitizer and UndefinedBehaviorSanitizer, then many rounds of its
// functions with LeakSanitizer. Needs root and g++ with its sanitizers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packages } from './paths.ts';
import { buildSanitized, exercise, runSanitized, sanitizerLibrary } from './sanitize/sanitized.ts';
import type { Outcome } from './sanitize/sanitized.ts';

const TESTS = ['native', 'netlink-route', 'netlink-netfilter', 'netlink-conntrack'];
const ROUNDS = 2000;

function tell(what: string, { status, output }: Outcome): void {
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${what}`);
  if (status === 0) return;
  console.log(output.trimEnd());
  process.exitCode = 1;
}

if (sanitizerLibrary() === undefined) {
  console.log('g++ has no libasan: install it (Debian: libasan with g++)');
  process.exitCode = 1;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'tsnet-sanitize-'));
  try {
    const addon = join(folder, 'tsnet.node');
    buildSanitized(addon);
    for (const name of TESTS) {
      const args = [join(packages, 'vitest', 'vitest.mjs'), 'run', `test/netns/${name}.test.ts`];
      tell(`test/netns/${name}.test.ts`, runSanitized(addon, args, false));
    }
    tell(`${ROUNDS} rounds of every function`, exercise(addon, ROUNDS));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
