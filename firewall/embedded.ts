// Imported by the executable's entry: Bun's compiler puts the prepared tables into the executable.
import tables from './build/tables.bin' with { type: 'file' };
import { setEmbeddedTables } from './tables-file.ts';

setEmbeddedTables(tables);
