import { expect, test } from 'vitest';
import { digestOf } from './digest.ts';

test('is BLAKE2s-256 of the text in UTF-8', () => {
  // python3 -c 'import hashlib; print(hashlib.blake2s("n\0c\0é".encode()).hexdigest())'
  expect(digestOf('n\0c\0é')).toBe('2ca9c6c5b3ca3a72f160fb18e46fdf0ae6cc19e1076b3dfdcf01d4294fc98a09');
});
