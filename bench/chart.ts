// Charts of horizontal bars as SVG that can be read on a light and on a dark page.

/** One bar; `text` stands behind it. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly text: string;
}

/** Bars that are to be compared with each other. */
export interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 720;
const LEFT = 150;
const RIGHT = 90;
const BAR = 18;
const STEP = 24;
const TITLE = 30;
/** Told apart by those who see few colours, and not too light for white nor too dark for black. */
const COLOURS = ['#2f81f7', '#1b9e77', '#d95f02', '#8b949e'];
const TEXT = '#7d8590';

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function label(x: number, y: number, text: string, more = ''): string {
  return `<text x="${x}" y="${y}" fill="${TEXT}"${more}>${escape(text)}</text>`;
}

// Each group has a scale of its own: what is compared are its bars.
function drawGroup({ title, bars }: Group, top: number): string[] {
  const most = Math.max(...bars.map(({ value }) => value));
  return [
    label(0, top + 18, title, ' font-weight="600"'),
    ...bars.flatMap(({ name, value, text }, at) => {
      const y = top + TITLE + at * STEP;
      const width = Math.max(1, (value / most) * (WIDTH - LEFT - RIGHT));
      return [
        label(LEFT - 8, y + 13, name, ' text-anchor="end"'),
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${COLOURS[at % COLOURS.length] ?? TEXT}"/>`,
        label(LEFT + Math.round(width) + 8, y + 13, text),
      ];
    }),
  ];
}

/** The groups one below the other. `description` is for those who cannot see them. */
export function chart(description: string, groups: readonly Group[]): string {
  const heights = groups.map(({ bars }) => TITLE + bars.length * STEP + 16);
  const topOf = (at: number): number => heights.slice(0, at).reduce((sum, height) => sum + height, 0);
  const height = topOf(groups.length);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escape(description)}</title>`,
    ...groups.flatMap((group, at) => drawGroup(group, topOf(at))),
    '</svg>\n',
  ].join('\n');
}
