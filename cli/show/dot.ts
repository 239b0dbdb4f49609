// The sketch as a graph for Graphviz (graphviz.org/doc/info/lang.html).
import type { Sketch } from '../../cnm/sketch/model.ts';
import { networkTexts, portTexts, titleOf } from './words.ts';

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Lines of a label, each to the left. */
function label(lines: readonly string[]): string {
  return `"${lines.map((line) => `${quote(line).slice(1, -1)}\\l`).join('')}"`;
}

/** Draws a sketch as a graph. */
export function sketchDot(sketch: Sketch): string {
  const { uplinks, networks, sandboxes } = sketch;
  const lines = [
    'graph tsnet {',
    '  rankdir=LR;',
    '  node [shape=box, style=rounded, fontname="Helvetica,Arial,sans-serif", fontsize=11];',
    '  edge [fontname="Helvetica,Arial,sans-serif", fontsize=10, color="#7d8590"];',
    '  outside [shape=ellipse];',
    `  host [label=${label([sketch.host === '' ? 'host' : sketch.host])}];`,
    ...uplinks.map(({ device, addresses, isWayOut }) => {
      return `  outside -- host [label=${label([device, ...addresses])}${isWayOut ? '' : ', style=dashed'}];`;
    }),
  ];
  for (const network of networks) {
    const node = quote(`network ${network.name}`);
    lines.push(`  ${node} [label=${label([network.name, ...networkTexts(network)])}, penwidth=2];`);
    if (network.way !== 'none') lines.push(`  host -- ${node};`);
    for (const { sandbox, ifname, addresses, ports } of network.endpoints) {
      const text = label([[ifname, ...addresses].join(' '), ...portTexts(ports)]);
      lines.push(`  ${node} -- ${quote(`sandbox ${sandbox}`)} [label=${text}];`);
    }
  }
  for (const sandbox of sandboxes.filter(({ place }) => place !== 'shared')) {
    const node = quote(`sandbox ${sandbox.id}`);
    lines.push(
      `  ${node} [label=${label([titleOf(sketch, sandbox)])}${sandbox.origin === 'other' ? ', style="rounded,dashed"' : ''}];`,
    );
    if (sandbox.place === 'host') lines.push(`  host -- ${node} [style=bold];`);
  }
  return `${lines.join('\n')}\n}\n`;
}
