import { expect, test } from 'vitest';
import { replaceMeasured } from './report.ts';

const document = 'before\n<!-- measured -->\nold\n<!-- end of measured -->\nafter';

test('only what stands between the marks is replaced, as often as one likes', () => {
  const once = replaceMeasured(document, 'costs $1 and $&');
  expect(once).toBe('before\n<!-- measured -->\n\ncosts $1 and $&\n\n<!-- end of measured -->\nafter');
  expect(replaceMeasured(once, 'costs $1 and $&')).toBe(once);
});

test('a document without marks is not written', () => {
  expect(() => replaceMeasured('before', 'new')).toThrow('no place');
});
