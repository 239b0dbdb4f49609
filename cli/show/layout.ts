// Where everything is in a drawing: columns from left to right, outside, host, networks, sandboxes. Lengths in pixels.
import type { SketchedNetwork, SketchedSandbox, Sketch } from '../../cnm/sketch/model.ts';
import { draft, heightOf, hostLines, middle, networkLines, widthOf } from './box.ts';
import type { Box, Draft, Line } from './box.ts';

/** A line between two points, drawn as a curve. */
export interface Edge {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly isDashed: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
}

const MARGIN = 24;
const COLUMN_GAP = 72;
const BOX_GAP = 14;
const GROUP_GAP = 30;

/** Networks with the sandboxes that are drawn beside them: each beside the first that it is on. */
function groupsOf(sketch: Sketch): { network: SketchedNetwork | undefined; drafts: Draft[] }[] {
  const drawn = new Set<string>();
  const take = (wanted: (sandbox: SketchedSandbox) => boolean): Draft[] => {
    const found = sketch.sandboxes.filter(
      (one) => one.place !== 'shared' && !drawn.has(one.id) && wanted(one),
    );
    for (const { id } of found) drawn.add(id);
    return found.map((one) => draft(sketch, one));
  };
  const groups = sketch.networks.map((network) => {
    return { network, drafts: take(({ id }) => network.endpoints.some(({ sandbox }) => sandbox === id)) };
  });
  const loose = take(() => true);
  return loose.length === 0 ? groups : [...groups, { network: undefined, drafts: loose }];
}

interface Placed {
  readonly networks: { readonly network: SketchedNetwork; readonly box: Box }[];
  readonly sandboxes: { readonly draft: Draft; readonly box: Box }[];
  readonly bottom: number;
}

function place(sketch: Sketch, x: number): Placed {
  const groups = groupsOf(sketch);
  const width = Math.max(60, ...sketch.networks.map((one) => widthOf(networkLines(one))));
  const sandboxWidth = Math.max(
    60,
    ...groups.flatMap(({ drafts }) => drafts.map(({ lines }) => widthOf(lines))),
  );
  const placed: Placed = { networks: [], sandboxes: [], bottom: 0 };
  let y = MARGIN;
  for (const { network, drafts } of groups) {
    const lines = network === undefined ? [] : networkLines(network);
    const own = network === undefined ? 0 : heightOf(lines);
    const beside = drafts.reduce((sum, one) => sum + heightOf(one.lines) + BOX_GAP, -BOX_GAP);
    const height = Math.max(own, beside);
    if (network !== undefined) {
      const box: Box = { x, y: y + (height - own) / 2, width, height: own, lines, look: 'network' };
      placed.networks.push({ network, box });
    }
    let top = y + (height - Math.max(0, beside)) / 2;
    for (const one of drafts) {
      const look = one.sandbox.origin === 'other' ? 'stranger' : 'sandbox';
      const size = { width: sandboxWidth, height: heightOf(one.lines) };
      placed.sandboxes.push({
        draft: one,
        box: { x: x + width + COLUMN_GAP, y: top, ...size, lines: one.lines, look },
      });
      top += size.height + BOX_GAP;
    }
    y += height + GROUP_GAP;
  }
  return { ...placed, bottom: y - GROUP_GAP };
}

function endpointEdges({ networks, sandboxes }: Placed): Edge[] {
  return networks.flatMap(({ network, box }) =>
    network.endpoints.flatMap(({ sandbox, ifname, isReady }): Edge[] => {
      const found = sandboxes.find(({ draft: one }) => one.sandbox.id === sandbox);
      const line = found?.draft.at.get(`${network.name} ${ifname}`);
      if (found === undefined || line === undefined) return [];
      const from = [box.x + box.width, box.y + box.height / 2] as const;
      return [{ from, to: [found.box.x, middle(found.box, line)], isDashed: !isReady }];
    }),
  );
}

/** Decides where everything is. */
export function layOut(sketch: Sketch): Layout {
  const outside: Line[] = [{ text: 'outside', look: 'title' }];
  const hasOutside = sketch.uplinks.length > 0;
  const hostX = MARGIN + (hasOutside ? widthOf(outside) + COLUMN_GAP : 0);
  const lines = hostLines(sketch);
  const placed = place(sketch, hostX + widthOf(lines) + COLUMN_GAP);
  const bottom = Math.max(placed.bottom, MARGIN + heightOf(lines));
  const centre = (MARGIN + bottom) / 2;
  const at = (x: number, own: readonly Line[], look: Box['look']): Box => {
    return { x, y: centre - heightOf(own) / 2, width: widthOf(own), height: heightOf(own), lines: own, look };
  };
  const host = at(hostX, lines, 'host');
  const boxes = [host, ...placed.networks.map(({ box }) => box), ...placed.sandboxes.map(({ box }) => box)];
  const edges: Edge[] = placed.networks
    .filter(({ network }) => network.way !== 'none')
    .map(({ box, network }) => ({
      from: [host.x + host.width, centre],
      to: [box.x, box.y + box.height / 2],
      isDashed: network.way === 'unknown',
    }));
  if (hasOutside) {
    const box = at(MARGIN, outside, 'outside');
    boxes.unshift(box);
    const ends = sketch.uplinks.map(({ device }) =>
      lines.findIndex(({ text, look }) => look === 'note' && text === device),
    );
    edges.push(
      ...ends.map((line, index): Edge => {
        const isDashed = sketch.uplinks[index]?.isWayOut !== true;
        return { from: [box.x + box.width, centre], to: [host.x, middle(host, line)], isDashed };
      }),
    );
  }
  const right = Math.max(...boxes.map(({ x, width }) => x + width));
  return {
    width: right + MARGIN,
    height: bottom + MARGIN,
    boxes,
    edges: [...edges, ...endpointEdges(placed)],
  };
}
