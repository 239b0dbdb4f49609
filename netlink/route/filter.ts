// Filters: what is done with packets that a link receives (RTM_*TFILTER, linux/pkt_cls.h), and the actions in them.
import { attr, attrs, nested } from '../attributes.ts';
import { encode } from '../codec.ts';
import type { Codec, Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { NLM_F } from '../message.ts';
import type { Request } from '../message.ts';
import { pad, s32, u16, u16be, u32, u32be, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { tagged } from '../tagged.ts';
import {
  ETH_P,
  RTM,
  TC_ACT,
  TC_H,
  TC_U32,
  TCA,
  TCA_ACT,
  TCA_EGRESS,
  TCA_MIRRED,
  TCA_U32,
} from './constants.ts';
import { tcmsg } from './qdisc.ts';

/** struct tc_u32_sel, without the keys behind it. */
export const tcU32Sel = struct('tc_u32_sel', {
  flags: u8,
  offsetShift: u8,
  keyCount: u8,
  pad: pad(1),
  offsetMask: u16be,
  offset: u16,
  offsetOffset: u16,
  hashOffset: u16,
  hashMask: u32be,
});

/** struct tc_u32_key. */
export const tcU32Key = struct('tc_u32_key', { mask: u32be, value: u32be, offset: s32, offsetMask: s32 });

const selectorOfOneKey = struct('selector', { sel: tcU32Sel, key: tcU32Key });
const selector: Codec<Infer<typeof selectorOfOneKey>> = {
  ...selectorOfOneKey,
  fits: (view) => view.byteLength === selectorOfOneKey.bytes,
};

/** struct tc_mirred: where a packet is sent, `index` being the link's. The kernel numbers actions by itself. */
export const tcMirred = struct('tc_mirred', {
  number: u32,
  capabilities: u32,
  action: s32,
  references: s32,
  bindings: s32,
  how: s32,
  index: u32,
});

const action = tagged(
  'action',
  { kind: TCA_ACT.KIND, data: TCA_ACT.OPTIONS },
  { mirred: attrs('mirred', { parameters: attr(TCA_MIRRED.PARMS, tcMirred) }) },
);

/** The attributes of a filter. Of a u32 selector one key is known, of its actions the first. */
export const filterAttributes = tagged(
  'filter',
  { kind: TCA.KIND, data: TCA.OPTIONS },
  {
    u32: attrs('u32', {
      selector: attr(TCA_U32.SEL, selector),
      actions: nested(TCA_U32.ACT, attrs('actions', { first: nested(1, action) })),
    }),
  },
);

const format = { header: tcmsg, attributes: filterAttributes };
type FilterAttributes = Infer<typeof filterAttributes>;
type FilterRequest = Request<Infer<typeof tcmsg>, FilterAttributes>;

// TC_H_MAKE: the priority above the protocol, which is in network order.
function infoOf(priority: number): number {
  const protocol = u16.read(new DataView(encode(u16be, ETH_P.ALL).buffer));
  return priority * 0x10000 + protocol;
}

function filterRequest(
  operation: 'NEWTFILTER' | 'DELTFILTER' | 'GETTFILTER',
  flags: number,
  { index, priority }: FilterKey,
  attributes: FilterAttributes,
): FilterRequest {
  // The class, whose upper half is the ingress qdisc's and clsact's handle alike.
  const parent = TC_H.CLSACT - (TC_H.CLSACT % 0x10000) + TC_H.MIN_INGRESS;
  return {
    operation: `RTM_${operation}`,
    subject: `of link ${index}`,
    type: RTM[operation],
    flags,
    format,
    body: { header: tcmsg.make({ index, parent, info: infoOf(priority) }), attributes },
  };
}

/** A filter on all that a link receives, named by its priority. */
export interface FilterKey {
  readonly index: number;
  readonly priority: number;
}

/**
 * Asks to send all that a link receives, whatever its protocol, out by another link. It takes u32, since every kernel that
 * the reference plugin works on has it; matchall is younger and optional.
 */
export function newRedirect(key: FilterKey, target: number): FilterRequest {
  const parameters = tcMirred.make({ action: TC_ACT.STOLEN, how: TCA_EGRESS.REDIR, index: target });
  const everything = { sel: tcU32Sel.make({ flags: TC_U32.TERMINAL, keyCount: 1 }), key: tcU32Key.make({}) };
  return filterRequest('NEWTFILTER', NLM_F.CREATE | NLM_F.EXCL, key, {
    kind: 'u32',
    data: { selector: everything, actions: { first: { kind: 'mirred', data: { parameters } } } },
  });
}

/** Asks to delete the filters of that priority. */
export function deleteFilter(key: FilterKey): FilterRequest {
  return filterRequest('DELTFILTER', 0, key, { kind: 'other:' });
}

/** The index of the link that a filter sends everything to; undefined when there is no such filter. */
export function findRedirect(connection: Connection, key: FilterKey): number | undefined {
  // For one rule the kernel tells of the filter, of its hash table and of the rule.
  const targets = connection
    .dump(filterRequest('GETTFILTER', 0, key, { kind: 'other:' }))
    .flatMap(({ attributes }) => {
      const first = attributes.kind === 'u32' ? attributes.data?.actions?.first : undefined;
      const mirred = first?.kind === 'mirred' ? first.data?.parameters : undefined;
      return mirred?.how === TCA_EGRESS.REDIR ? [mirred.index] : [];
    });
  return targets[0];
}
