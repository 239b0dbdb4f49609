// Sets and maps of whoever made them, with all that is in them.
import type { Connection } from '../connection.ts';
import { NFT_SET, NFT_SET_ELEM } from './constants.ts';
import type { Data } from './data.ts';
import { familyNamed, nftRequest, ofAllFamilies } from './nfnetlink.ts';
import type { TableFamily } from './nfnetlink.ts';
import { elementsAttributes, setAttributes } from './set.ts';
import type { TableName } from './table.ts';

/** An element as the kernel shows it: bytes, whose meaning the set's rules know. */
export interface ElementBytes {
  /** Absent from the element that stands for all that is in no other. */
  readonly key: Uint8Array | undefined;
  readonly keyEnd: Uint8Array | undefined;
  readonly data: Data | undefined;
  /** Of a set of intervals of one field: from here on there is nothing, up to the next element. */
  readonly isEnd: boolean;
  readonly comment: string | undefined;
}

/** A set or map with its elements. */
export interface SetContent {
  readonly family: TableFamily;
  readonly table: string;
  readonly name: string;
  readonly isMap: boolean;
  readonly isInterval: boolean;
  /** How many bytes each field of a key has, the padding left out; of a key of one field it may be empty. */
  readonly fields: readonly number[];
  readonly elements: readonly ElementBytes[];
}

function listElements(
  connection: Connection,
  family: TableFamily,
  table: string,
  set: string,
): ElementBytes[] {
  const subject = `elements of ${set}`;
  const request = nftRequest('GETSETELEM', subject, 0, elementsAttributes, { table, set }, family);
  return connection.dump(request).flatMap(({ attributes: { elements = [] } }) =>
    elements.map(({ key, keyEnd, data, flags = 0, comment }) => ({
      key: (flags & NFT_SET_ELEM.CATCHALL) === 0 ? key?.value : undefined,
      keyEnd: keyEnd?.value,
      data,
      isEnd: (flags & NFT_SET_ELEM.INTERVAL_END) !== 0,
      comment,
    })),
  );
}

/** All sets and maps of the families that tsnet knows, or of one table. What goes meanwhile is refused with ENOENT. */
export function listSetContents(connection: Connection, of?: TableName): SetContent[] {
  const attributes = of === undefined ? {} : { table: of.name };
  const one = nftRequest('GETSET', 'sets', 0, setAttributes, attributes, of?.family);
  const request = of === undefined ? ofAllFamilies(one) : one;
  return connection
    .dump(request)
    .flatMap(({ header, attributes: { table, name, flags = 0, description } }) => {
      const family = familyNamed(header.family);
      if (family === undefined || table === undefined || name === undefined) return [];
      return [
        {
          ...{ family, table, name },
          isMap: (flags & NFT_SET.MAP) !== 0,
          isInterval: (flags & NFT_SET.INTERVAL) !== 0,
          fields: (description?.fields ?? []).flatMap(({ length }) => length ?? []),
          elements: listElements(connection, family, table, name),
        },
      ];
    });
}
