// The headings of a table that a template makes: what its fields are called.
import type { Node, Operand, Pipe } from './syntax.ts';

// `CreatedAt` is CREATED AT.
function spaced(name: string): string {
  return name.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toUpperCase();
}

function wordOf(operand: Operand, headings: Readonly<Record<string, string>>): string | undefined {
  if (operand.base.kind === 'pipe') return pipeText(operand.base.pipe, headings);
  const name = operand.path.at(-1);
  if (name === undefined || operand.base.kind === 'literal') return undefined;
  return operand.path.length === 1 && Object.hasOwn(headings, name) ? headings[name] : spaced(name);
}

// Of `.Label "tier"` the label, of others the first field that is named.
function pipeText({ commands }: Pipe, headings: Readonly<Record<string, string>>): string | undefined {
  for (const [first, second] of commands) {
    if (first?.path[0] === 'Label' && second?.base.kind === 'literal')
      return spaced(String(second.base.value));
  }
  return commands.flat().flatMap((operand) => wordOf(operand, headings) ?? [])[0];
}

/** The line above the rows of a template: its text, with the heading of each field in place of what it holds. */
export function headingOf(nodes: readonly Node[], headings: Readonly<Record<string, string>>): string {
  return nodes
    .map((node) => {
      if (node.kind === 'text') return node.text;
      if (node.kind === 'range') return pipeText(node.pipe, headings) ?? headingOf(node.body, headings);
      if (node.kind === 'action')
        return node.pipe.declares.length > 0 ? '' : (pipeText(node.pipe, headings) ?? '');
      return headingOf(node.body, headings);
    })
    .join('');
}
