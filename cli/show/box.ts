// The boxes of a drawing and what is in them. Lengths in pixels.
import type { SketchedNetwork, SketchedSandbox, Sketch } from '../../cnm/sketch/model.ts';
import { networkTexts, portTexts, titleOf } from './words.ts';

/** A text in a box. */
export interface Line {
  readonly text: string;
  readonly look: 'title' | 'mono' | 'note' | 'port';
}

/** A box with its lines, which are ROW apart. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
  readonly look: 'outside' | 'host' | 'network' | 'sandbox' | 'stranger';
}

/** From one line to the next, and from the edge of a box to what is in it. */
export const ROW = 18;
export const PADDING = 12;

// Letters of no font are known here: these are as wide as those of the wider common ones.
const LETTER: Readonly<Record<Line['look'], number>> = { title: 8.2, mono: 7.3, note: 6.6, port: 7.3 };

/** How wide a box with these lines is. */
export function widthOf(lines: readonly Line[]): number {
  return Math.ceil(Math.max(60, ...lines.map(({ text, look }) => text.length * LETTER[look])) + 2 * PADDING);
}

/** How high it is. */
export const heightOf = (lines: readonly Line[]): number => lines.length * ROW + PADDING;

/** Where the line is whose number that is, at half its height. */
export function middle({ y }: Pick<Box, 'y'>, line: number): number {
  return y + PADDING / 2 + (line + 0.5) * ROW;
}

/** A sandbox's box before it has a place: on which line each of its endpoints is. */
export interface Draft {
  readonly sandbox: SketchedSandbox;
  readonly lines: readonly Line[];
  readonly at: ReadonlyMap<string, number>;
}

/** The box of a sandbox. */
export function draft(sketch: Sketch, sandbox: SketchedSandbox): Draft {
  const lines: Line[] = [{ text: titleOf(sketch, sandbox), look: 'title' }];
  const at = new Map<string, number>();
  for (const { name, endpoints } of sketch.networks) {
    for (const endpoint of endpoints.filter((one) => one.sandbox === sandbox.id)) {
      const isStranger = sandbox.origin === 'other';
      at.set(`${name} ${endpoint.ifname}`, isStranger ? 0 : lines.length);
      if (isStranger) continue;
      lines.push({ text: [endpoint.ifname, ...endpoint.addresses].join('  '), look: 'mono' });
      lines.push(...portTexts(endpoint.ports).map((text): Line => ({ text, look: 'port' })));
    }
  }
  if (sandbox.place === 'none') lines.push({ text: 'loopback only', look: 'note' });
  if (sandbox.place === 'host') lines.push({ text: 'the host’s own network', look: 'note' });
  return { sandbox, lines, at };
}

/** The lines of a network's box. */
export function networkLines(network: SketchedNetwork): Line[] {
  return [
    { text: network.name, look: 'title' },
    ...networkTexts(network).map((text): Line => ({
      text,
      look: /^[\d.:a-f]+\/\d+$/.test(text) ? 'mono' : 'note',
    })),
  ];
}

/** The lines of the host's box. */
export function hostLines({ host, uplinks }: Sketch): Line[] {
  return [
    { text: host === '' ? 'host' : host, look: 'title' },
    ...uplinks.flatMap(({ device, addresses }): Line[] => [
      { text: device, look: 'note' },
      ...addresses.map((text): Line => ({ text, look: 'mono' })),
    ]),
  ];
}
