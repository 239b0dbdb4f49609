// The addon's functions under the sanitizers, for some rounds; `npm run sanitize` has more, and the addon's tests.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  buildSanitized,
  exercise,
  sanitizerLibrary,
  sanitizerSymbols,
} from '../../tools/sanitize/sanitized.ts';
import { temporaryFolder } from '../temporary-store.ts';
import { titled, whyNotHere } from './namespace.ts';

const reason = sanitizerLibrary() === undefined ? 'g++ has no libasan' : whyNotHere('unshare', 'objdump');

describe.skipIf(reason !== undefined)(titled('the addon under sanitizers', reason), () => {
  it('touches no memory that is not its own, leaks none, and leaves no descriptor open', () => {
    const addon = join(temporaryFolder(), 'tsnet.node');
    buildSanitized(addon);
    expect(sanitizerSymbols(addon)).toBeGreaterThan(10);
    expect(exercise(addon, 5)).toEqual({ status: 0, output: 'rounds 5, descriptors left 0\n' });
  }, 600_000);
});
