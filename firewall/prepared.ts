// The part of each table that never changes, in the bytes that the kernel is sent: encoding it takes a process that has just
// started longer than all the rest of an endpoint, so the executable carries it.
import { readFileSync } from 'node:fs';
import { concatenate, decodeBody, encodeMessage, splitMessages } from '../netlink/message.ts';
import type { AnyRequest, BodyFormat } from '../netlink/message.ts';
import { familyOf, nfgenmsg, tableFamilies } from '../netlink/netfilter/nfnetlink.ts';
import type { NfGen } from '../netlink/netfilter/nfnetlink.ts';
import { raw } from '../netlink/scalar.ts';
import type { TableLayout } from './layout.ts';
import { embeddedTables } from './tables-file.ts';

const format: BodyFormat<NfGen, Uint8Array> = { header: nfgenmsg, attributes: raw };

/** What such a file has in it, for tables of which no two are of one family. */
export function prepare(layouts: readonly Pick<TableLayout<never>, 'base'>[]): Uint8Array {
  return concatenate(layouts.flatMap(({ base }) => base().map((request) => encodeMessage(request, 0, 0))));
}

/** The requests for the base of a table, of which nothing can be told but their bytes; undefined when there are none. */
export function preparedBase({ table }: Pick<TableLayout<never>, 'table'>): AnyRequest[] | undefined {
  const file = embeddedTables();
  if (file === undefined) return undefined;
  const family = tableFamilies[familyOf(table)];
  const requests: AnyRequest[] = [];
  for (const { type, flags, payload } of splitMessages(readFileSync(file))) {
    const body = decodeBody(format, payload, nfgenmsg.bytes);
    if (body.header.family === family) requests.push({ operation: 'NFT_MSG', type, flags, format, body });
  }
  return requests;
}
