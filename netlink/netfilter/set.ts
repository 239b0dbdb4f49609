// Sets and maps of nf_tables, and their elements.
import { attr, attrs, list, nested } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { isKernelError } from '../kernel-error.ts';
import { NLM_F } from '../message.ts';
import type { AnyRequest } from '../message.ts';
import { cstring, raw, u32be } from '../scalar.ts';
import {
  NFT_SET,
  NFTA_LIST,
  NFTA_SET,
  NFTA_SET_DESC,
  NFTA_SET_ELEM,
  NFTA_SET_ELEM_LIST,
  NFTA_SET_FIELD,
} from './constants.ts';
import { data } from './data.ts';
import { keyBytes, keyEncoder, keyLength, keyTypeNumber, keyTypes } from './key.ts';
import type { KeyField, KeyType } from './key.ts';
import { nftRequest } from './nfnetlink.ts';
import { comment, hostByteOrder } from './userdata.ts';

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
    attrs('description', {
      fields: list(
        NFTA_SET_DESC.CONCAT,
        nested(NFTA_LIST.ELEM, attrs('field', { length: attr(NFTA_SET_FIELD.LEN, u32be) })),
      ),
    }),
  ),
  id: attr(NFTA_SET.ID, u32be),
  userdata: attr(NFTA_SET.USERDATA, raw),
});

const element = attrs('element', {
  key: nested(NFTA_SET_ELEM.KEY, data),
  keyEnd: nested(NFTA_SET_ELEM.KEY_END, data),
  data: nested(NFTA_SET_ELEM.DATA, data),
  comment: attr(NFTA_SET_ELEM.USERDATA, comment),
});

export const elementsAttributes = attrs('elements', {
  table: attr(NFTA_SET_ELEM_LIST.TABLE, cstring),
  set: attr(NFTA_SET_ELEM_LIST.SET, cstring),
  elements: list(NFTA_SET_ELEM_LIST.ELEMENTS, nested(NFTA_LIST.ELEM, element)),
});

/** A set, or with `data` a map: the types of its key's fields and of what it maps to. */
export interface SetSpec {
  readonly name: string;
  readonly key: readonly KeyType[];
  readonly data?: readonly KeyType[] | undefined;
  /** Every field of every key is a range, which takes several fields and Linux 5.6. */
  readonly isInterval?: boolean | undefined;
}

/** An element: the fields of its key, in a map the fields it maps to, and whose it is. */
export interface Element {
  readonly key: readonly KeyField[];
  /** Where the ranges end that begin with the fields of the key. */
  readonly keyEnd?: readonly KeyField[] | undefined;
  readonly data?: readonly KeyField[] | undefined;
  readonly owner?: string | undefined;
}

function fieldsOf(key: readonly KeyType[]): { length: number }[] {
  return key.map((type) => ({ length: keyTypes[type].bytes }));
}

// The kernel wants an id that is unique in its transaction; nothing of ours refers to it.
let nextId = 1;

/** Asks for a set or map. */
export function newSet(table: string, spec: SetSpec): AnyRequest {
  const isMap = spec.data !== undefined;
  return nftRequest('NEWSET', `set ${spec.name}`, NLM_F.CREATE, setAttributes, {
    table,
    name: spec.name,
    flags: (isMap ? NFT_SET.MAP : 0) | (spec.isInterval ? NFT_SET.INTERVAL | NFT_SET.CONCAT : 0),
    keyType: keyTypeNumber(spec.key),
    keyLength: keyLength(spec.key),
    ...(spec.data === undefined
      ? {}
      : { dataType: keyTypeNumber(spec.data), dataLength: keyLength(spec.data) }),
    ...(spec.isInterval ? { description: { fields: fieldsOf(spec.key) } } : {}),
    id: nextId++,
    userdata: spec.key.length === 1 && spec.key[0] === 'ifname' ? hostByteOrder : undefined,
  });
}

// An attribute's length has 16 bits: so many elements, with IPv6 keys and comments, fit one list.
const ELEMENTS_PER_MESSAGE = 200;

function elementRequests(
  operation: 'NEWSETELEM' | 'DELSETELEM' | 'GETSETELEM',
  table: string,
  spec: SetSpec,
  elements: readonly Element[],
): AnyRequest[] {
  const isNew = operation === 'NEWSETELEM';
  const encodeKey = keyEncoder(spec.key);
  const encodeData = isNew && spec.data !== undefined ? keyEncoder(spec.data) : undefined;
  const encoded: Infer<typeof element>[] = elements.map(({ key, keyEnd, data: value, owner }) => ({
    key: { value: encodeKey(key) },
    keyEnd: keyEnd === undefined ? undefined : { value: encodeKey(keyEnd) },
    data: value === undefined || encodeData === undefined ? undefined : { value: encodeData(value) },
    comment: isNew ? owner : undefined,
  }));
  const requests: AnyRequest[] = [];
  for (let at = 0; at < encoded.length; at += ELEMENTS_PER_MESSAGE) {
    const flags = operation === 'NEWSETELEM' ? NLM_F.CREATE : 0;
    const some = encoded.slice(at, at + ELEMENTS_PER_MESSAGE);
    requests.push(
      nftRequest(operation, `elements of ${spec.name}`, flags, elementsAttributes, {
        table,
        set: spec.name,
        elements: some,
      }),
    );
  }
  return requests;
}

/** Asks to put elements into a set; equal ones that are there already are no error. */
export function newElements(table: string, spec: SetSpec, elements: readonly Element[]): AnyRequest[] {
  return elementRequests('NEWSETELEM', table, spec, elements);
}

/** Asks to take elements out of a set; refused with ENOENT when one is not there. */
export function deleteElements(table: string, spec: SetSpec, elements: readonly Element[]): AnyRequest[] {
  return elementRequests('DELSETELEM', table, spec, elements);
}

/** Tells whether an element is in its set and, in a map, maps to what it should. */
export function hasElement(connection: Connection, table: string, spec: SetSpec, wanted: Element): boolean {
  const [request] = elementRequests('GETSETELEM', table, spec, [wanted]);
  if (request === undefined) return false;
  try {
    const attributes = connection.get(request).attributes as Infer<typeof elementsAttributes>;
    const value = attributes.elements?.[0]?.data?.value;
    if (spec.data === undefined || wanted.data === undefined) return true;
    return value !== undefined && Buffer.compare(value, keyBytes(spec.data, wanted.data)) === 0;
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return false;
    throw error;
  }
}
