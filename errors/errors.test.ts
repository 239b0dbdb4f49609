import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toCniError } from '../cni/error.ts';
import { errorCodes, isTsnetError, TsnetError } from './tsnet-error.ts';
import type { ErrorCode } from './tsnet-error.ts';

const document = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
const codes = Object.keys(errorCodes) as ErrorCode[];

/** What docs/errors.md has under each of its headings that name a code. */
const sections = new Map(
  document
    .split(/^## /m)
    .slice(1)
    .filter((section) => section.startsWith('TSNET_'))
    .map((section): [string, string] => [section.split('\n')[0] ?? '', section]),
);

test('docs/errors.md has a section for each code, in the order of the table, and for no other', () => {
  expect([...sections.keys()]).toEqual(codes);
});

test.each(codes)('the section of %s says what it stands for and its CNI code', (code) => {
  const section = sections.get(code);
  expect(section).toContain(`CNI code ${toCniError(new TsnetError(code, 'x')).cniCode}.`);
  expect(section).toContain(errorCodes[code]);
  expect(section).toContain('What to do:');
});

test('an error keeps its cause and details', () => {
  const cause = new Error('below');
  const error = new TsnetError('TSNET_STATE', 'store "x": broken', { cause, details: 'more' });
  expect(error).toMatchObject({ name: 'TsnetError', code: 'TSNET_STATE', cause, details: 'more' });
  expect(new TsnetError('TSNET_STATE', 'x')).not.toHaveProperty('cause');
});

test('errors are told apart by code', () => {
  const error = new TsnetError('TSNET_BUSY', 'x');
  expect(isTsnetError(error)).toBe(true);
  expect(isTsnetError(error, 'TSNET_CHECK', 'TSNET_BUSY')).toBe(true);
  expect(isTsnetError(error, 'TSNET_CHECK')).toBe(false);
  expect(isTsnetError(new Error('TSNET_BUSY'))).toBe(false);
});
