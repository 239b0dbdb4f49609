import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeMessage } from '../netlink/message.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { guardTable } from './guard.ts';
import { prepare, preparedBase } from './prepared.ts';
import { addressTable } from './ruleset.ts';
import { setEmbeddedTables } from './tables-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsnet-tables-'));
afterAll(() => rmSync(folder, { recursive: true }));

const encoded = (requests: readonly AnyRequest[]) => requests.map((one) => encodeMessage(one, 5, 1));

it('what was prepared goes out as what was asked for', () => {
  expect(preparedBase(addressTable)).toBeUndefined();
  const file = join(folder, 'tables');
  // Each set has an id that is given once.
  const layouts = [addressTable, guardTable].map(({ table, base }) => {
    const requests = base();
    return { table, base: () => requests };
  });
  writeFileSync(file, prepare(layouts));
  setEmbeddedTables(file);
  for (const layout of layouts) expect(encoded(preparedBase(layout) ?? [])).toEqual(encoded(layout.base()));
});
