import { expect, it } from 'vitest';
import { anyOf, anyS32, anyText, anyU32 } from '../../test/arbitrary.ts';
import { attributeLaws } from '../../test/codec-laws.ts';
import { chainAttributes, newChain } from './chain.ts';

attributeLaws(
  chainAttributes,
  anyOf({
    table: anyText,
    name: anyText,
    hook: anyOf({ number: anyU32, priority: anyS32 }),
    policy: anyU32,
    type: anyText,
    comment: anyText,
  }),
);

it('only a chain with a hook has a type and a policy', () => {
  expect(newChain('t', 'plain').body.attributes).toEqual({ table: 't', name: 'plain' });
  const base = newChain('t', 'base', { type: 'nat', hook: 'POST_ROUTING', priority: 100 });
  expect(base.body.attributes).toMatchObject({ hook: { number: 4, priority: 100 }, policy: 1, type: 'nat' });
});
