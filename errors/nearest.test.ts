import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, distance, nearest } from './nearest.ts';

test.each([
  ['backend', 'backend', 0],
  ['bakcend', 'backend', 1],
  ['bckend', 'backend', 1],
  ['backennd', 'backend', 1],
  ['backand', 'backend', 1],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('from %s to %s it is %i', (one, other, far) => {
  expect(distance(one, other)).toBe(far);
});

test('it is the same both ways, and never more than the longer name has letters', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
      expect(distance(one, other)).toBe(distance(other, one));
      expect(distance(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length));
      expect(distance(one, other) === 0).toBe(one === other);
    }),
  );
});

test('the nearest is found, whatever the case, and nothing where all are far', () => {
  expect(nearest('bakcend', ['frontend', 'backend'])).toBe('backend');
  expect(nearest('NAME', ['ID', 'Name'])).toBe('Name');
  expect(nearest('x', ['y'])).toBeUndefined();
  expect(nearest('web', ['database'])).toBeUndefined();
  expect(nearest('web', [])).toBeUndefined();
  expect(didYouMean('wbe', ['web'])).toBe(', did you mean "web"?');
  expect(didYouMean('wbe', [])).toBe('');
});
