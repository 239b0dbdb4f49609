import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ended, refused } from './answer.ts';

const kindOf = (message: Uint8Array): string => String.fromCharCode(message[0] ?? 0);

function gathered(messages: readonly Uint8Array[], kinds: string): Buffer {
  const own = messages.filter((one) => kinds.includes(kindOf(one)));
  return Buffer.concat(own.map((one) => one.subarray(kindOf(one) === 'X' ? 2 : 1)));
}

test('all output is told in messages that are not too long, and X comes last', () => {
  const output = fc.tuple(fc.string(), fc.nat(70_000)).map(([text, times]) => text.repeat(times % 40_000));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), output, output, (exitCode, stdout, stderr) => {
      const messages = ended({ exitCode, stdout, stderr });
      expect(messages.map(kindOf).join('')).toMatch(/^E*O*X$/);
      expect(Math.max(...messages.map(({ length }) => length))).toBeLessThanOrEqual(65_538);
      expect(messages.at(-1)?.[1]).toBe(exitCode);
      expect(gathered(messages, 'OX').equals(Buffer.from(stdout))).toBe(true);
      expect(gathered(messages, 'E').equals(Buffer.from(stderr))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a refusal says why', () => {
  expect(Buffer.from(refused('not now')).toString()).toBe('Nnot now');
});
