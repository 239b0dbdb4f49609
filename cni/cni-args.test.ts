import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkCniArgs, parseCniArgs } from './cni-args.ts';

test('pairs become a map', () => {
  expect(parseCniArgs('')).toEqual(new Map());
  expect(parseCniArgs('IP=10.0.0.2;K8S_POD_NAME=')).toEqual(
    new Map([
      ['IP', '10.0.0.2'],
      ['K8S_POD_NAME', ''],
    ]),
  );
});

test.each(['IP', 'IP=1=2', 'IP=1;', ';', 'IP=1;;MAC=2'])('%j has a malformed pair', (text) => {
  expect(() => parseCniArgs(text)).toThrow(/^ARGS: invalid pair "/);
});

test('any pairs without separators survive', () => {
  const word = fc.stringMatching(/^[^=;]+$/);
  fc.assert(
    fc.property(fc.dictionary(word, word, { noNullPrototype: true }), (pairs) => {
      const entries = Object.entries(pairs);
      const text = entries.map(([key, value]) => `${key}=${value}`).join(';');
      expect([...parseCniArgs(text)]).toEqual(entries);
    }),
  );
});

test('unknown names are refused in the words of the reference', () => {
  const args = parseCniArgs('FOO=BAR;IP=1;X=2');
  expect(() => {
    checkCniArgs(args, ['IP']);
  }).toThrow(expect.objectContaining({ cniCode: 999, message: 'ARGS: unknown args ["FOO=BAR" "X=2"]' }));
});

test.each(['1', 'true', 'TRUE'])('IgnoreUnknown=%s lets unknown names pass', (value) => {
  checkCniArgs(parseCniArgs(`FOO=BAR;IgnoreUnknown=${value}`), []);
});

test.each(['0', 'False'])('IgnoreUnknown=%s does not', (value) => {
  const args = parseCniArgs(`FOO=BAR;IgnoreUnknown=${value}`);
  expect(() => {
    checkCniArgs(args, []);
  }).toThrow('ARGS: unknown args ["FOO=BAR"]');
});

test('IgnoreUnknown must be a truth value', () => {
  expect(() => {
    checkCniArgs(parseCniArgs('IgnoreUnknown=yes'), []);
  }).toThrow('ARGS: error parsing value of pair "IgnoreUnknown=yes"');
});
