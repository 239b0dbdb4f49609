// The part of each table that never changes, in the bytes that the kernel is sent: encoding it takes a process that has just
// started longer than all the rest of an endpoint, so the executable carries it.
import { readFileSync } from 'node:fs';
import { align } from '../netlink/codec.ts';
import { concatenate, encodeMessage, nlmsghdr } from '../netlink/message.ts';
import type { AnyRequest, BodyFormat } from '../netlink/message.ts';
import { familyOf, nfgenmsg, tableFamilies } from '../netlink/netfilter/nfnetlink.ts';
import { isLittleEndian, raw } from '../netlink/scalar.ts';
import type { FixedCodec } from '../netlink/scalar.ts';
import type { TableLayout } from './layout.ts';
import { embeddedTables } from './tables-file.ts';

/** Where these stand in struct nlmsghdr. */
const { length: LENGTH = 0, type: TYPE = 0, flags: FLAGS = 0 } = nlmsghdr.offsets;

// A plain loop and views: this is for a process that has just started.
const head: FixedCodec<Uint8Array> = { ...raw, bytes: nfgenmsg.bytes };
const format: BodyFormat<Uint8Array, Uint8Array> = { header: head, attributes: raw };

/** What such a file has in it, for tables of which no two are of one family. */
export function prepare(layouts: readonly Pick<TableLayout<never>, 'base'>[]): Uint8Array {
  return concatenate(layouts.flatMap(({ base }) => base().map((request) => encodeMessage(request, 0, 0))));
}

/** The requests for the base of a table, of which nothing can be told but their bytes; undefined when there are none. */
export function preparedBase({ table }: Pick<TableLayout<never>, 'table'>): AnyRequest[] | undefined {
  const file = embeddedTables();
  if (file === undefined) return undefined;
  const family = tableFamilies[familyOf(table)];
  const bytes = readFileSync(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const requests: AnyRequest[] = [];
  for (let at = 0, size: number; at < bytes.length; at += align(size)) {
    size = view.getUint32(at + LENGTH, isLittleEndian);
    const behindHeader = at + nlmsghdr.bytes;
    if (bytes[behindHeader] !== family) continue;
    const behindHead = behindHeader + nfgenmsg.bytes;
    const body = {
      header: bytes.subarray(behindHeader, behindHead),
      attributes: bytes.subarray(behindHead, at + size),
    };
    requests.push({
      operation: 'NFT_MSG',
      type: view.getUint16(at + TYPE, isLittleEndian),
      flags: view.getUint16(at + FLAGS, isLittleEndian),
      format,
      body,
    });
  }
  return requests;
}
