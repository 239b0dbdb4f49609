// Documents point into the code; the code moves. A link must lead somewhere, and to what it names.
import { readdirSync, readFileSync, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

const folders = [
  '.',
  'docs',
  'docs/runtimes',
  'bench',
  'native/client',
  'test/netns/security',
  ...plugins(),
];

const documents = folders
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((name) => name.endsWith('.md'));

function plugins(): string[] {
  return readdirSync(join(root, 'plugins'), { withFileTypes: true })
    .filter((one) => one.isDirectory())
    .map(({ name }) => join('plugins', name));
}

/** The links of a document into the project: their text and their target. */
function linksOf(document: string): [text: string, target: string][] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/\[([^\]]+)\]\(([^)#\s]+)[^)]*\)/g)]
    .map(([, label = '', target = '']): [string, string] => [label, target])
    .filter(([, target]) => !/^[a-z]+:/.test(target));
}

const links = documents.flatMap((document) =>
  linksOf(document).map(([text, target]): [string, string, string] => [document, text, target]),
);

test('documents have links', () => {
  expect(links.length).toBeGreaterThan(20);
});

test.each(links)('%s: %s leads to %s', (document, text, target) => {
  const path = join(root, dirname(document), target);
  expect(existsSync(path)).toBe(true);
  const name = /^`(\w+)`$/.exec(text)?.[1];
  if (name !== undefined && statSync(path).isFile()) {
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`\\b${name}\\b`));
  }
});
