import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyBytes, anyOf, anyS32, anyU16, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { codecLaws } from '../../test/codec-laws.ts';
import { decode, encode } from '../codec.ts';
import { filterAttributes, newRedirect, tcMirred, tcU32Key, tcU32Sel } from './filter.ts';

const anySel = fc.record({
  flags: anyU8,
  offsetShift: anyU8,
  keyCount: anyU8,
  offsetMask: anyU16,
  offset: anyU16,
  offsetOffset: anyU16,
  hashOffset: anyU16,
  hashMask: anyU32,
});
const anyKey = fc.record({ mask: anyU32, value: anyU32, offset: anyS32, offsetMask: anyS32 });
const anyMirred = fc.record({
  number: anyU32,
  capabilities: anyU32,
  action: anyS32,
  references: anyS32,
  bindings: anyS32,
  how: anyS32,
  index: anyU32,
});

codecLaws(tcU32Sel, anySel);
codecLaws(tcU32Key, anyKey);
codecLaws(tcMirred, anyMirred);

const anyAction = fc.oneof(
  fc.record({ kind: fc.constant('mirred' as const), data: anyOf({ parameters: anyMirred }) }),
  fc.record({ kind: fc.constant('other:gact' as const), data: anyBytes }),
);

codecLaws(
  filterAttributes,
  fc.oneof(
    fc.record({
      kind: fc.constant('u32' as const),
      data: anyOf({
        selector: fc.record({ sel: anySel, key: anyKey }),
        actions: anyOf({ first: anyAction }),
      }),
    }),
    fc.record({ kind: fc.constant('other:flower' as const), data: anyBytes }),
  ),
);

it('a selector of more keys than one is kept as it comes', () => {
  const selector = { type: 5, payload: new Uint8Array(48).fill(1) };
  const filter = { kind: 'u32' as const, data: { unknown: [selector] } };
  expect(decode(filterAttributes, encode(filterAttributes, filter))).toEqual(filter);
});

it('a redirect hangs at the ingress, under its priority', () => {
  const { header } = newRedirect({ index: 7, priority: 5 }, 9).body;
  expect(header).toMatchObject({ index: 7, parent: 0xfffffff2 });
  expect(header.info >>> 16).toBe(5);
});
