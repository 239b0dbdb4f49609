// Results: of the plugin before (`prevResult`), of a delegate. The first byte says in which version it is told again.
import { isDeepStrictEqual } from 'node:util';
import { CniError } from '../../cni/index.ts';
import { decodeResult } from '../../cni/result-decoding.ts';
import { encodeResult } from '../../cni/result-encoding.ts';
import { WrongValue } from '../../cni/validate.ts';
import { atLeast, supportedVersions } from '../../cni/version.ts';
import { law, reading, textOf } from '../target.ts';
import type { Target } from '../target.ts';
import { results } from './samples.ts';
import { words } from './words.ts';

export const result: Target = {
  about: 'a result of any version, and the same told in another',
  words,
  seeds: () => results,
  run: (input) => {
    const version = supportedVersions[(input[0] ?? 0) % supportedVersions.length] ?? '1.1.0';
    const json = reading((): unknown => JSON.parse(textOf(input.subarray(1))), SyntaxError);
    if (json === undefined) return;
    const read = reading(() => decodeResult(json.value, 'prevResult'), WrongValue, CniError);
    if (read === undefined) return;
    const told = reading(() => JSON.stringify(encodeResult(read.value, version)), CniError);
    if (told === undefined || !atLeast(version, '0.3.0')) return;
    const again = JSON.stringify(encodeResult(decodeResult(JSON.parse(told.value), 'again'), version));
    law(
      isDeepStrictEqual(JSON.parse(again), JSON.parse(told.value)),
      `${version}: told otherwise the second time`,
    );
  },
};
