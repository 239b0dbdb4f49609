// Encodes what never changes of tsnet's tables: the executable carries it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { guardTable } from '../firewall/guard.ts';
import { prepare } from '../firewall/prepared.ts';
import { addressTable } from '../firewall/ruleset.ts';
import { root } from './paths.ts';

/** Writes firewall/build/tables.bin. */
export function buildTables(): void {
  const file = join(root, 'firewall', 'build', 'tables.bin');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, prepare([addressTable, guardTable]));
}
