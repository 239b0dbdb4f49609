import { expect, test } from 'vitest';
import { TsnetError } from '../errors/tsnet-error.ts';
import type { ErrorCode } from '../errors/tsnet-error.ts';
import { CniError, errorJson } from './error.ts';

test.each<[ErrorCode, number]>([
  ['TSNET_CONFIG', 7],
  ['TSNET_NETNS', 8],
  ['TSNET_OWN_NETNS', 8],
  ['TSNET_BUSY', 11],
  ['TSNET_NOT_FOUND', 3],
  ['TSNET_EXHAUSTED', 101],
  ['TSNET_EXISTS', 104],
  ['TSNET_KERNEL', 999],
])('%s is CNI error %i', (code, cniCode) => {
  expect(errorJson(new TsnetError(code, 'bridge "x": why'), '1.0.0')).toEqual({
    cniVersion: '1.0.0',
    code: cniCode,
    msg: 'bridge "x": why',
  });
});

test('details are there when they say something', () => {
  expect(errorJson(new CniError(7, 'no', 'because'), '0.4.0')).toHaveProperty('details', 'because');
  expect(errorJson(new TsnetError('TSNET_CONFIG', 'no', { details: 'x' }), '0.4.0')).toHaveProperty(
    'details',
    'x',
  );
  expect(errorJson(new CniError(7, 'no', ''), '0.4.0')).not.toHaveProperty('details');
});

test('anything else that is thrown is 999', () => {
  expect(errorJson(new TypeError('oops'), '1.1.0')).toEqual({ cniVersion: '1.1.0', code: 999, msg: 'oops' });
  expect(errorJson('text', '1.1.0')).toMatchObject({ code: 999, msg: 'text' });
});
