// What a table of tsnet's is made of: a part that never changes, and elements that come and go with endpoints.
import type { AnyRequest } from '../netlink/message.ts';
import type { Table } from '../netlink/netfilter/nfnetlink.ts';
import type { Element, SetSpec } from '../netlink/netfilter/set.ts';

/** The elements of one set. */
export interface SetElements {
  readonly set: SetSpec;
  readonly elements: readonly Element[];
}

/** A table; an Intent is what an endpoint wants of it. */
export interface TableLayout<Intent> {
  readonly table: Table;
  /** The base chains and how many rules each has: what is there when nobody has touched the table. */
  readonly ruleCounts: Readonly<Record<string, number>>;
  /** The chains that elements lead to, and how many rules each has: the kernel counts what leads there, too. */
  readonly targetRuleCounts?: Readonly<Record<string, number>> | undefined;
  /** The chain that is looked at with every change, as a sign that nobody has. */
  readonly sentinel: string;
  /** Asks for the whole table without any element, in place of one that may be there. */
  readonly base: () => AnyRequest[];
  /** The elements of these intents, gathered by set. */
  readonly elementsOf: (intents: readonly Intent[]) => SetElements[];
}

/** Gathers elements by the set that they belong to. */
export function gather(pairs: Iterable<readonly [SetSpec, Element]>): SetElements[] {
  const bySet = new Map<SetSpec, Element[]>();
  for (const [set, element] of pairs) {
    const elements = bySet.get(set);
    if (elements === undefined) bySet.set(set, [element]);
    else elements.push(element);
  }
  return [...bySet].map(([set, elements]) => ({ set, elements }));
}
