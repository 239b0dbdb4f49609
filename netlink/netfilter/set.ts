// Sets and maps of nf_tables, and their elements.
import { attr, attrs, list, NLA, nested } from '../attributes.ts';
import { align, bytesOf } from '../codec.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import { NLM_F } from '../message.ts';
import type { AnyRequest } from '../message.ts';
import { cstring, raw, u32be } from '../scalar.ts';
import {
  NFT_DATA,
  NFT_SET,
  NFTA_LIST,
  NFTA_SET,
  NFTA_SET_DESC,
  NFTA_SET_ELEM,
  NFTA_SET_ELEM_LIST,
  NFTA_SET_FIELD,
} from './constants.ts';
import { data, verdictData } from './data.ts';
import type { Data, Verdict } from './data.ts';
import { fieldLengths, keyBytes, keyEncoder, keyLength, keyTypeNumber } from './key.ts';
import type { KeyField, KeyType } from './key.ts';
import { familyOf, nameOf, nftRequest } from './nfnetlink.ts';
import type { Table } from './nfnetlink.ts';
import { comment, hostByteOrder } from './userdata.ts';

const field = attrs('field', { length: attr(NFTA_SET_FIELD.LEN, u32be) });

export const setAttributes = attrs('set', {
  table: attr(NFTA_SET.TABLE, cstring),
  name: attr(NFTA_SET.NAME, cstring),
  flags: attr(NFTA_SET.FLAGS, u32be),
  keyType: attr(NFTA_SET.KEY_TYPE, u32be),
  keyLength: attr(NFTA_SET.KEY_LEN, u32be),
  dataType: attr(NFTA_SET.DATA_TYPE, u32be),
  dataLength: attr(NFTA_SET.DATA_LEN, u32be),
  description: nested(
    NFTA_SET.DESC,
    attrs('description', { fields: list(NFTA_SET_DESC.CONCAT, nested(NFTA_LIST.ELEM, field)) }),
  ),
  id: attr(NFTA_SET.ID, u32be),
  userdata: attr(NFTA_SET.USERDATA, raw),
});

const element = attrs('element', {
  key: nested(NFTA_SET_ELEM.KEY, data),
  keyEnd: nested(NFTA_SET_ELEM.KEY_END, data),
  data: nested(NFTA_SET_ELEM.DATA, data),
  flags: attr(NFTA_SET_ELEM.FLAGS, u32be),
  comment: attr(NFTA_SET_ELEM.USERDATA, comment),
});

type ElementValue = Infer<typeof element>;

/** Where the bytes of a key or of data begin, behind the header of its attribute and that of NFTA_DATA_VALUE. */
const VALUE_AT = 2 * NLA.HDRLEN;

/** Tells whether two elements differ in the bytes of their keys and data alone. */
function isAlike(one: ElementValue, other: ElementValue): boolean {
  const isBytes = ({ value, verdict, unknown }: Data): boolean =>
    value !== undefined && (verdict ?? unknown) === undefined;
  const isPlain = ({ key, keyEnd, data: value, flags, unknown }: ElementValue): boolean =>
    key !== undefined &&
    isBytes(key) &&
    (value === undefined || isBytes(value)) &&
    (keyEnd ?? flags ?? unknown) === undefined;
  return (
    isPlain(one) &&
    isPlain(other) &&
    one.comment === other.comment &&
    one.key?.value?.length === other.key?.value?.length &&
    one.data?.value?.length === other.data?.value?.length
  );
}

const elementList = list(NFTA_SET_ELEM_LIST.ELEMENTS, nested(NFTA_LIST.ELEM, element));

/**
 * The same, written faster: of a hundred published ports one element is as the other but for a few bytes, and this is done by
 * processes that end before any of it is compiled.
 */
const manyElements: typeof elementList = {
  ...elementList,
  codec: {
    ...elementList.codec,
    write: (values, view, at) => {
      const bytes = bytesOf(view);
      let [before, start]: [ElementValue | undefined, number] = [undefined, at];
      for (const value of values) {
        if (before === undefined || !isAlike(before, value)) {
          start = at;
          at = elementList.codec.write([value], view, at);
        } else {
          const length = at - start;
          bytes.copyWithin(at, start, at);
          start = at;
          const key = value.key?.value ?? new Uint8Array();
          const keyAt = start + NLA.HDRLEN + VALUE_AT;
          bytes.set(key, keyAt);
          if (value.data?.value !== undefined)
            bytes.set(value.data.value, keyAt + align(key.length) + VALUE_AT);
          at += length;
        }
        before = value;
      }
      return at;
    },
  },
};

export const elementsAttributes = attrs('elements', {
  table: attr(NFTA_SET_ELEM_LIST.TABLE, cstring),
  set: attr(NFTA_SET_ELEM_LIST.SET, cstring),
  elements: manyElements,
});

/** A set, or with `data` a map: the types of its key's fields and of what it maps to. With `isVerdictMap` to verdicts. */
export interface SetSpec {
  readonly name: string;
  readonly key: readonly KeyType[];
  readonly data?: readonly KeyType[] | undefined;
  readonly isVerdictMap?: boolean | undefined;
  /** The key has several fields, and an element stands for all keys of which each field is in its range. Linux 5.6. */
  readonly isInterval?: boolean | undefined;
}

/** An element: the fields of its key, in a map the fields or the verdict it maps to, and whose it is. */
export interface Element {
  readonly key: readonly KeyField[];
  /** Of a set of intervals: the last key that the element stands for. */
  readonly keyEnd?: readonly KeyField[] | undefined;
  readonly data?: readonly KeyField[] | undefined;
  readonly verdict?: Verdict | undefined;
  readonly owner?: string | undefined;
}

// The kernel wants an id that is unique in its transaction; nothing of ours refers to it.
let nextId = 1;

/** Asks for a set or map. */
export function newSet(table: Table, spec: SetSpec): AnyRequest {
  const { isInterval = false, isVerdictMap = false } = spec;
  const flags =
    (spec.data === undefined && !isVerdictMap ? 0 : NFT_SET.MAP) |
    (isInterval ? NFT_SET.INTERVAL | NFT_SET.CONCAT : 0);
  const attributes: Infer<typeof setAttributes> = {
    table: nameOf(table),
    name: spec.name,
    flags,
    keyType: keyTypeNumber(spec.key),
    keyLength: keyLength(spec.key),
    ...(spec.data === undefined
      ? {}
      : { dataType: keyTypeNumber(spec.data), dataLength: keyLength(spec.data) }),
    ...(isVerdictMap ? { dataType: NFT_DATA.VERDICT, dataLength: 0 } : {}),
    description: isInterval ? { fields: fieldLengths(spec.key).map((length) => ({ length })) } : undefined,
    id: nextId++,
    userdata: spec.key.length === 1 && spec.key[0] === 'ifname' ? hostByteOrder : undefined,
  };
  return nftRequest('NEWSET', `set ${spec.name}`, NLM_F.CREATE, setAttributes, attributes, familyOf(table));
}

// An attribute's length has 16 bits: so many elements, with IPv6 keys and comments, fit one list.
const ELEMENTS_PER_MESSAGE = 200;

function elementRequests(
  operation: 'NEWSETELEM' | 'DELSETELEM' | 'GETSETELEM',
  table: Table,
  spec: SetSpec,
  elements: readonly Element[],
): AnyRequest[] {
  const isNew = operation === 'NEWSETELEM';
  const encodeKey = keyEncoder(spec.key);
  const encodeData = isNew && spec.data !== undefined ? keyEncoder(spec.data) : undefined;
  const encoded: Infer<typeof element>[] = elements.map(({ key, keyEnd, data: value, verdict, owner }) => ({
    key: { value: encodeKey(key) },
    keyEnd: keyEnd === undefined ? undefined : { value: encodeKey(keyEnd) },
    ...(value === undefined || encodeData === undefined ? {} : { data: { value: encodeData(value) } }),
    ...(verdict === undefined || !isNew ? {} : { data: verdictData(verdict) }),
    comment: isNew ? owner : undefined,
  }));
  const requests: AnyRequest[] = [];
  for (let at = 0; at < encoded.length; at += ELEMENTS_PER_MESSAGE) {
    const flags = operation === 'NEWSETELEM' ? NLM_F.CREATE : 0;
    const some = encoded.slice(at, at + ELEMENTS_PER_MESSAGE);
    const attributes = { table: nameOf(table), set: spec.name, elements: some };
    const subject = `elements of ${spec.name}`;
    requests.push(nftRequest(operation, subject, flags, elementsAttributes, attributes, familyOf(table)));
  }
  return requests;
}

/** Asks to put elements into a set; equal ones that are there already are no error. */
export function newElements(table: Table, spec: SetSpec, elements: readonly Element[]): AnyRequest[] {
  return elementRequests('NEWSETELEM', table, spec, elements);
}

/** Asks to take elements out of a set; refused with ENOENT when one is not there. */
export function deleteElements(table: Table, spec: SetSpec, elements: readonly Element[]): AnyRequest[] {
  return elementRequests('DELSETELEM', table, spec, elements);
}

/** Asks to take all elements out of a set. */
export function flushSet(table: Table, { name }: SetSpec): AnyRequest {
  const attributes = { table: nameOf(table), set: name };
  return nftRequest(
    'DELSETELEM',
    `all elements of ${name}`,
    0,
    elementsAttributes,
    attributes,
    familyOf(table),
  );
}

/** Tells whether an element is in its set, from and to the same keys and, in a map, mapping to what it should. */
export function hasElement(connection: Connection, table: Table, spec: SetSpec, wanted: Element): boolean {
  const [request] = elementRequests('GETSETELEM', table, spec, [wanted]);
  if (request === undefined) return false;
  try {
    const attributes = connection.get(request).attributes as Infer<typeof elementsAttributes>;
    const found = attributes.elements?.[0];
    const isSame = (
      value: Uint8Array | undefined,
      types: readonly KeyType[] = [],
      fields?: readonly KeyField[],
    ) =>
      fields === undefined || (value !== undefined && Buffer.compare(value, keyBytes(types, fields)) === 0);
    // What an interval is asked for by, any that holds it answers to.
    return (
      (wanted.keyEnd === undefined || isSame(found?.key?.value, spec.key, wanted.key)) &&
      isSame(found?.keyEnd?.value, spec.key, wanted.keyEnd) &&
      isSame(found?.data?.value, spec.data, wanted.data) &&
      isSameVerdict(found?.data, wanted.verdict)
    );
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return false;
    throw error;
  }
}

function isSameVerdict(found: Infer<typeof data> | undefined, wanted?: Verdict): boolean {
  if (wanted === undefined) return true;
  const { verdict } = verdictData(wanted);
  return found?.verdict?.code === verdict?.code && found?.verdict?.chain === verdict?.chain;
}
