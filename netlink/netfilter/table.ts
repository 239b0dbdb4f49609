// Tables of nf_tables.
import { attr, attrs } from '../attributes.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import type { AnyRequest } from '../message.ts';
import { NLM_F } from '../message.ts';
import { cstring, u32be } from '../scalar.ts';
import { NFT_TABLE_F, NFTA_TABLE } from './constants.ts';
import { familyNamed, familyOf, nameOf, nftRequest, ofAllFamilies, tableText } from './nfnetlink.ts';
import type { Table, TableFamily } from './nfnetlink.ts';

export const tableAttributes = attrs('table', {
  name: attr(NFTA_TABLE.NAME, cstring),
  flags: attr(NFTA_TABLE.FLAGS, u32be),
});

/** Asks for a table; one that exists is left as it is. */
export function newTable(table: Table): AnyRequest {
  return tableRequest(table, 0);
}

/**
 * Asks for a table that nobody else may change, and that goes with the socket that asks, however its process ends.
 * Linux 5.12.
 */
export function newOwnTable(table: Table): AnyRequest {
  return tableRequest(table, NFT_TABLE_F.OWNER);
}

function tableRequest(table: Table, flags: number): AnyRequest {
  const attributes = { name: nameOf(table), flags };
  const subject = `table ${tableText(table)}`;
  return nftRequest('NEWTABLE', subject, NLM_F.CREATE, tableAttributes, attributes, familyOf(table));
}

/** Asks to delete a table with all that is in it. */
export function deleteTable(table: Table): AnyRequest {
  return nftRequest(
    'DELTABLE',
    `table ${tableText(table)}`,
    0,
    tableAttributes,
    { name: nameOf(table) },
    familyOf(table),
  );
}

/** Tells whether a table is there. Throws KernelError. */
export function hasTable(connection: Connection, table: Table): boolean {
  const subject = `table ${tableText(table)}`;
  const name = { name: nameOf(table) };
  try {
    connection.get(nftRequest('GETTABLE', subject, 0, tableAttributes, name, familyOf(table)));
    return true;
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return false;
    throw error;
  }
}

/** A table that may be another program's. */
export interface TableName {
  readonly family: TableFamily;
  readonly name: string;
}

/** The tables of the families that tsnet knows, whoever made them. */
export function listTables(connection: Connection): TableName[] {
  const request = nftRequest('GETTABLE', 'tables', 0, tableAttributes, {});
  return connection.dump(ofAllFamilies(request)).flatMap(({ header, attributes: { name } }) => {
    const family = familyNamed(header.family);
    return family === undefined || name === undefined ? [] : [{ family, name }];
  });
}
