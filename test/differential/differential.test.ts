// The same calls to Debian's reference plugins and to tsnet's, on hosts of their own: what is seen is the same, but for what
// is meant to differ.
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cniFolder } from '../../tools/paths.ts';
import { whyNoLab } from '../netns/lab.ts';
import { cases } from './cases.ts';
import { differences } from './differences.ts';
import { observe } from './observed.ts';

const REFERENCE = '/usr/lib/cni';
const obstacle =
  whyNoLab() ??
  (existsSync(`${REFERENCE}/bridge`) ? undefined : 'containernetworking-plugins is not installed');

const seen = new Set<string>();

test.for(cases)('$name', { timeout: 120_000 }, async (one, { skip }) => {
  if (obstacle !== undefined) skip(obstacle);
  // Each on a host of its own, so they need not wait for each other.
  const [reference, own] = await Promise.all([observe(one, REFERENCE), observe(one, cniFolder)]);
  let expected = reference;
  for (const difference of differences) {
    const adapted = difference.adapt(expected);
    if (JSON.stringify(adapted) !== JSON.stringify(expected)) seen.add(difference.name);
    expected = adapted;
  }
  expect(own).toEqual(expected);
});

test('every difference that is meant is one', ({ skip }) => {
  if (obstacle !== undefined) skip(obstacle);
  expect(differences.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
});
