import { expect, test } from 'vitest';
import { atLeast, isSupportedVersion, newestVersion, supportedVersions } from './version.ts';

test('atLeast orders versions by age', () => {
  expect(atLeast('0.4.0', '0.3.1')).toBe(true);
  expect(atLeast('0.4.0', '0.4.0')).toBe(true);
  expect(atLeast('0.3.1', '0.4.0')).toBe(false);
  expect(supportedVersions.every((version) => atLeast(newestVersion, version))).toBe(true);
});

test('only whole version texts are supported', () => {
  expect(isSupportedVersion('1.1.0')).toBe(true);
  for (const text of ['', '1.1', '1.1.0 ', 'v1.1.0', '9.9.9']) expect(isSupportedVersion(text)).toBe(false);
});
