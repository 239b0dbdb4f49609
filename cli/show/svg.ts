// The sketch as a picture (SVG 1.1). Boxes have their own ground, so that it can be read on a light page and on a dark one.
import type { Sketch } from '../../cnm/sketch/model.ts';
import { PADDING, ROW } from './box.ts';
import type { Box, Line } from './box.ts';
import { layOut } from './layout.ts';
import type { Edge } from './layout.ts';

const SANS = "'Inter', 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";
const MONO = "'JetBrains Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace";

const styles = `
    text { font-family: ${SANS}; font-size: 12px; fill: #1f2933; }
    .title { font-size: 13px; font-weight: 600; }
    .mono, .port { font-family: ${MONO}; font-size: 11.5px; }
    .note { fill: #52606d; }
    .port { fill: #0b6e4f; }
    rect { stroke-width: 1.5; }
    .outside { fill: #eceff1; stroke: #90a4ae; }
    .host { fill: #fff8e1; stroke: #d8a413; }
    .network { fill: #e3f0fb; stroke: #3b82c4; }
    .sandbox { fill: #ffffff; stroke: #7b8794; }
    .stranger { fill: #f5f5f5; stroke: #9aa5b1; stroke-dasharray: 4 3; }
    path { fill: none; stroke: #829ab1; stroke-width: 1.5; }
    .dashed { stroke-dasharray: 4 3; }
`;

/** Text as XML takes it; what it takes in no form is left out. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

function lineText({ x, y }: Box, { text, look }: Line, at: number): string {
  const base = y + PADDING / 2 + at * ROW + 13;
  return `<text class="${look}" x="${round(x + PADDING)}" y="${round(base)}">${escape(text)}</text>`;
}

function boxText(box: Box): string {
  const { x, y, width, height, lines, look } = box;
  const radius = look === 'outside' ? height / 2 : 6;
  const frame = `<rect class="${look}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${round(radius)}"/>`;
  return `  <g>\n    ${[frame, ...lines.map((line, at) => lineText(box, line, at))].join('\n    ')}\n  </g>`;
}

function edgeText({ from: [x1, y1], to: [x2, y2], isDashed }: Edge): string {
  const bend = round((x1 + x2) / 2);
  const path = `M${round(x1)} ${round(y1)} C${bend} ${round(y1)} ${bend} ${round(y2)} ${round(x2)} ${round(y2)}`;
  return `  <path${isDashed ? ' class="dashed"' : ''} d="${path}"/>`;
}

/** Draws a sketch as a picture. */
export function sketchSvg(sketch: Sketch): string {
  const { width, height, boxes, edges } = layOut(sketch);
  const size = `width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}"`;
  const title = escape(`Networks of ${sketch.host === '' ? 'this host' : sketch.host}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${title.replaceAll('"', '&quot;')}">`,
    `  <title>${title}</title>`,
    `  <style>${styles}  </style>`,
    ...edges.map(edgeText),
    ...boxes.map(boxText),
    '</svg>\n',
  ].join('\n');
}
