// The head of every netfilter message (struct nfgenmsg, linux/netfilter/nfnetlink.h) and its transactions.
import { attr, attrs } from '../attributes.ts';
import type { Codec, Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { decodeBody } from '../message.ts';
import type { AnyRequest, BodyFormat, Message, Request } from '../message.ts';
import { cstring, u16be, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { NFNL_MSG, NFNL_SUBSYS, NFPROTO, NFT_MSG, NFTA_TABLE } from './constants.ts';

/** struct nfgenmsg. */
export const nfgenmsg = struct('nfgenmsg', { family: u8, version: u8, resource: u16be });

export type NfGen = Infer<typeof nfgenmsg>;

/** The families that tables are of, as nft names them: those of iptables are of ip and ip6. */
export const tableFamilies = {
  inet: NFPROTO.INET,
  ip: NFPROTO.IPV4,
  ip6: NFPROTO.IPV6,
  bridge: NFPROTO.BRIDGE,
} as const;

export type TableFamily = keyof typeof tableFamilies;

/** A table: by its name alone one of family inet. */
export type Table = string | { readonly family: TableFamily; readonly name: string };

/** The name of a table in its family. */
export function nameOf(table: Table): string {
  return typeof table === 'string' ? table : table.name;
}

/** The family of a table. */
export function familyOf(table: Table): TableFamily {
  return typeof table === 'string' ? 'inet' : table.family;
}

/** A table as nft names it: family and name. */
export function tableText(table: Table): string {
  return `${familyOf(table)} ${nameOf(table)}`;
}

/** A message on nf_tables, on a table of family inet where none is named. */
export function nftRequest<A>(
  operation: keyof typeof NFT_MSG,
  subject: string,
  flags: number,
  attributes: Codec<A>,
  value: A,
  family: TableFamily = 'inet',
): Request<NfGen, A> {
  const format: BodyFormat<NfGen, A> = { header: nfgenmsg, attributes };
  return {
    operation: `NFT_MSG_${operation}`,
    subject,
    type: (NFNL_SUBSYS.NFTABLES << 8) | NFT_MSG[operation],
    flags,
    format,
    body: { header: nfgenmsg.make({ family: tableFamilies[family] }), attributes: value },
  };
}

/** The family of that number, if tsnet knows it. */
export function familyNamed(number: number): TableFamily | undefined {
  return (Object.keys(tableFamilies) as TableFamily[]).find((family) => tableFamilies[family] === number);
}

/** The same request for all families at once, which only lists understand. */
export function ofAllFamilies<A>(request: Request<NfGen, A>): Request<NfGen, A> {
  return { ...request, body: { ...request.body, header: { ...request.body.header, family: 0 } } };
}

const frameFormat = { header: nfgenmsg, attributes: attrs('batch', {}) };

function frame(operation: keyof typeof NFNL_MSG): AnyRequest {
  return {
    operation: `NFNL_MSG_${operation}`,
    type: NFNL_MSG[operation],
    flags: 0,
    format: frameFormat,
    body: { header: nfgenmsg.make({ resource: NFNL_SUBSYS.NFTABLES }), attributes: {} },
  };
}

/** Applies nf_tables requests as one transaction: all or nothing. Throws the first KernelError. */
export function commit(connection: Connection, requests: readonly AnyRequest[]): void {
  connection.transaction(frame('BATCH_BEGIN'), requests, frame('BATCH_END'));
}

// In all messages on nf_tables but those on generations: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE and so on.
const inTable = attrs('change', { table: attr(NFTA_TABLE.NAME, cstring) });

/** The table that a notification is about; undefined where it is about none. */
export function tableOfChange({ type, payload }: Message): { family: number; name: string } | undefined {
  if (type >> 8 !== NFNL_SUBSYS.NFTABLES || (type & 0xff) === NFT_MSG.NEWGEN) return undefined;
  const { header, attributes } = decodeBody(
    { header: nfgenmsg, attributes: inTable },
    payload,
    nfgenmsg.bytes,
  );
  return attributes.table === undefined ? undefined : { family: header.family, name: attributes.table };
}
