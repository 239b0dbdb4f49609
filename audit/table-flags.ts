// tsnet's own tables, held against what the store wants in them.
import { noteOf } from '../firewall/accept-rules.ts';
import { keyBytes } from '../netlink/netfilter/key.ts';
import type { Element, SetSpec } from '../netlink/netfilter/set.ts';
import type { ElementBytes } from '../netlink/netfilter/set-content.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import type { TableName } from '../netlink/netfilter/table.ts';
import type { Flag } from './flag.ts';
import type { Kernel, WantedTable, World } from './world.ts';

const MEND = 'tsnet doctor --mend writes the tables anew from the store, and so does the CNI verb GC';

/** What a rule is known by: its comment, and the kinds of its expressions in their order. */
export function signatureOf(comment: string | undefined, expressions: readonly Expression[]): string {
  return `${comment ?? ''}: ${expressions.map(({ kind }) => kind).join(' ')}`;
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('hex');
}

function wantedText({ key, data }: SetSpec, element: Element): string {
  const end = element.keyEnd === undefined ? undefined : keyBytes(key, element.keyEnd);
  const value = data === undefined || element.data === undefined ? undefined : keyBytes(data, element.data);
  return [hex(keyBytes(key, element.key)), hex(end), hex(value)].join(' ');
}

function foundText({ key, keyEnd, data }: ElementBytes): string {
  return [hex(key), hex(keyEnd), hex(data?.value)].join(' ');
}

function isOf(table: TableName): (one: { family: string; table: string }) => boolean {
  return (one) => one.family === table.family && one.table === table.name;
}

function chainFlags({ ruleset }: Kernel, { table, chains }: WantedTable): Flag[] {
  const where = `table ${table.family} ${table.name}`;
  return [...chains].flatMap(([name, wanted]): Flag[] => {
    const chain = ruleset.chains.filter(isOf(table)).find((one) => one.chain === name);
    const rules = ruleset.rules.filter(isOf(table)).filter((rule) => rule.chain === name);
    const found = rules.map((rule) => signatureOf(noteOf(rule), rule.expressions));
    const isWhole =
      chain?.base !== undefined &&
      found.length === wanted.length &&
      wanted.every((signature, at) => signature === found[at]);
    const lost = wanted.filter((signature) => !found.includes(signature)).length;
    const what =
      chain?.base === undefined
        ? `chain ${name} is missing, or called from nowhere`
        : `the rules of chain ${name} are not tsnet's: ${lost} of ${wanted.length} are missing, ${found.length} are there`;
    return isWhole ? [] : [{ code: 'table-damaged', where, what, mend: MEND }];
  });
}

interface Difference {
  readonly set: string;
  readonly missing: number;
  readonly extra: number;
  readonly owners: readonly string[];
}

function differences({ ruleset }: Kernel, { table, elements }: WantedTable): Difference[] {
  const bySet = new Map<string, Map<string, string>>();
  for (const { set, elements: own } of elements) {
    const texts = bySet.get(set.name) ?? new Map<string, string>();
    bySet.set(set.name, texts);
    for (const element of own) texts.set(wantedText(set, element), element.owner ?? '');
  }
  const inKernel = ruleset.sets.filter(isOf(table));
  const names = new Set([...bySet.keys(), ...inKernel.map(({ name }) => name)]);
  return [...names].map((set) => {
    const wanted = bySet.get(set) ?? new Map<string, string>();
    const found = inKernel.find(({ name }) => name === set)?.elements ?? [];
    const texts = new Set(found.map(foundText));
    const missing = [...wanted].filter(([text]) => !texts.has(text));
    const extra = found.filter((element) => !wanted.has(foundText(element)));
    const owners = [...missing.map(([, owner]) => owner), ...extra.map(({ comment }) => comment ?? '')];
    const named = [...new Set(owners)].filter((owner) => owner !== '');
    return { set, missing: missing.length, extra: extra.length, owners: named };
  });
}

const SHOWN = 3;

function ownersText(owners: readonly string[]): string {
  if (owners.length === 0) return '';
  const more = owners.length > SHOWN ? ` and ${owners.length - SHOWN} more` : '';
  return ` (${owners.slice(0, SHOWN).join(', ')}${more})`;
}

function elementFlags(kernel: Kernel, wanted: WantedTable): Flag[] {
  return differences(kernel, wanted).flatMap(({ set, missing, extra, owners }): Flag[] => {
    const where = `set ${set} of table ${wanted.table.family} ${wanted.table.name}`;
    const of = ownersText(owners);
    const lost = `${missing} of the elements that the store wants are missing${of}`;
    const strange = `${extra} elements are there that nobody on record wants${of}`;
    return [
      ...(missing > 0 ? [{ code: 'elements-missing', where, what: lost, mend: MEND } as const] : []),
      ...(extra > 0 ? [{ code: 'elements-extra', where, what: strange, mend: MEND } as const] : []),
    ];
  });
}

/** Tables that are missing, rules that are changed, elements that are missing or nobody's. */
export function tableFlags({ kernel, wanted }: World): Flag[] {
  return wanted.flatMap((one) => {
    const { family, name } = one.table;
    const isThere = kernel.ruleset.tables.some((table) => table.family === family && table.name === name);
    if (isThere) return [...chainFlags(kernel, one), ...elementFlags(kernel, one)];
    const count = one.elements.reduce((sum, { elements }) => sum + elements.length, 0);
    if (count === 0) return [];
    const what = `it is missing, with ${count} elements that the store wants in it`;
    return [{ code: 'table-missing', where: `table ${family} ${name}`, what, mend: MEND }];
  });
}
