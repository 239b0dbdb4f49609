import { describe, expect, test } from 'vitest';
import { formatInspected } from './format.ts';
import { hasLabel, isWanted, listingText } from './listing.ts';
import type { Listing } from './listing.ts';
import { openMap } from './template/values.ts';

interface Item {
  readonly ID: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
}

const listing: Listing<Item> = {
  headings: { ID: 'THING ID' },
  standard: ['ID', 'Name'],
  brief: ({ ID }) => ID,
  filters: {
    name: ({ Name }, wanted) => Name.includes(wanted),
    label: ({ Labels }, wanted) => hasLabel(Labels, wanted),
  },
};

const items: Item[] = [
  { ID: '1', Name: 'web', Labels: openMap({ tier: 'front', stage: 'test' }) },
  { ID: '22', Name: 'db', Labels: openMap({ tier: 'back' }) },
];

const text = (more: Partial<{ format: string; quiet: boolean; filter: string[] }> = {}): string =>
  listingText(items, { format: 'table', quiet: false, filter: [], ...more }, listing);

test.each<[Parameters<typeof text>[0], string]>([
  [{}, 'THING ID   NAME\n1          web\n22         db\n'],
  [{ quiet: true }, '1\n22\n'],
  [{ format: 'table' }, 'THING ID   NAME\n1          web\n22         db\n'],
  [{ format: 'table {{.Name}}\\t{{.Labels.tier}}' }, 'NAME   TIER\nweb    front\ndb     back\n'],
  [{ format: '{{.Name}}', quiet: true }, 'web\ndb\n'],
  [{ format: 'json', filter: ['name=db'] }, '{"ID":"22","Name":"db","Labels":{"tier":"back"}}\n'],
  [{ quiet: true, filter: ['name=web', 'name=db'] }, '1\n22\n'],
  [{ quiet: true, filter: ['label=tier', 'label=stage=test'] }, '1\n'],
  [{ quiet: true, filter: ['label=tier=back', 'name=web'] }, ''],
])('%j', (options, expected) => {
  expect(text(options)).toBe(expected);
});

describe('what is refused', () => {
  test.each<[string, string]>([
    ['nmae=x', '--filter "nmae=x": no such key, did you mean "name"? (name, label)'],
    ['name', '--filter "name": must be key=value'],
    ['=x', '--filter "=x": must be key=value'],
  ])('--filter %s', (filter, message) => {
    expect(() => text({ filter: [filter] })).toThrow(message);
  });

  test('a field that nothing has', () => {
    expect(() => text({ format: '{{.Nam}}' })).toThrow('--format: no field ".Nam", did you mean ".Name"?');
    expect(() => isWanted('dangling', 'maybe')).toThrow('--filter "dangling=maybe": must be true or false');
  });
});

test('an inspection is a list in JSON, or a line for each', () => {
  expect(formatInspected('json', items.slice(0, 1))).toBe(
    '[{"ID":"1","Name":"web","Labels":{"tier":"front","stage":"test"}}]\n',
  );
  expect(formatInspected('{{.Name}}', items)).toBe('web\ndb\n');
});
