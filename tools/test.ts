// `npm test`: builds, checks, and runs every test that this machine can run. It says which it could not, and why.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.ts';
import { check } from './check.ts';
import { listGroup, runGroup } from './test-group.ts';
import type { Tally } from './test-group.ts';

/** How a group is run here: in that command, or not at all, for that reason. */
type Way = { readonly wrapper: readonly string[] } | { readonly reason: string };

const isRoot = process.getuid?.() === 0;

// What a user may do as root in namespaces of their own is enough for most tests.
const asRoot = ['unshare', '--user', '--map-root-user', '--net', '--mount'];

function isInstalled(tool: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, tool)));
}

function wayWithTools(...tools: string[]): Way {
  const missing = ['unshare', ...tools].filter((tool) => !isInstalled(tool));
  if (missing.length > 0) return { reason: `missing: ${missing.join(', ')}` };
  const [file = '', ...args] = isRoot ? ['unshare', '--net', '--mount'] : asRoot;
  const { status, stderr } = spawnSync(file, [...args, 'true'], { encoding: 'utf8' });
  if (status === 0) return { wrapper: isRoot ? [] : asRoot };
  const who = isRoot ? 'this root' : 'not root, and a user';
  return { reason: `${who} may not make network namespaces: ${stderr.trim()}` };
}

const groups: Readonly<Record<string, () => Way>> = {
  unit: () => ({ wrapper: [] }),
  exe: () => wayWithTools(),
  netns: () => wayWithTools('ip', 'nft', 'nsenter', 'ping'),
};

function runOrSkip([name, findWay]: readonly [string, () => Way]): Tally {
  const way = findWay();
  if ('wrapper' in way) return runGroup(name, way.wrapper);
  console.log(`\nskipped all tests of ${name}: ${way.reason}`);
  return { passed: 0, failed: 0, skipped: listGroup(name) };
}

function tell(tallies: readonly Tally[]): void {
  const sum = (count: (tally: Tally) => number): number => tallies.reduce((all, one) => all + count(one), 0);
  const skipped = tallies.flatMap((tally) => tally.skipped);
  if (skipped.length > 0) console.log(`\nskipped tests:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
  const [passed, failed] = [sum((tally) => tally.passed), sum((tally) => tally.failed)];
  console.log(`\ntests: ${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  if (failed > 0) process.exitCode = 1;
}

// A user's PATH seldom has the folders of the administrator's tools.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
build(false);
if (!(await check())) {
  console.log('npm run check: failed, see above; the tests go on');
  process.exitCode = 1;
}
tell(Object.entries(groups).map(runOrSkip));
