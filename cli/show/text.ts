// The sketch as text: the host is a line from top to bottom, each network one that leads off it.
import type { SketchedEndpoint, SketchedNetwork, SketchedSandbox, Sketch } from '../../cnm/sketch/model.ts';
import type { Style } from '../output/terminal.ts';
import { networkTexts, portTexts, titleOf } from './words.ts';

/** A line with how wide it is before it is styled. */
interface Row {
  readonly mark: string;
  readonly cells: readonly string[];
}

// Columns as wide as what is in them, the last but as it is.
function aligned(rows: readonly (readonly string[])[]): string[][] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return rows.map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))),
  );
}

function endpointRows(sketch: Sketch, network: SketchedNetwork): Row[] {
  const { endpoints } = network;
  return endpoints.flatMap((endpoint, at) => {
    const isLast = at === endpoints.length - 1;
    const sandbox = sketch.sandboxes.find(({ id }) => id === endpoint.sandbox);
    const [first = '', ...more] = portTexts(endpoint.ports);
    const head = [
      sandbox === undefined ? endpoint.sandbox : titleOf(sketch, sandbox),
      ...interfaceCells(endpoint, sandbox),
    ];
    return [
      {
        mark: isLast ? '└─ ' : '├─ ',
        cells: [...head, [...elsewhere(sketch, network, endpoint), first].join('')],
      },
      ...more.map((port) => ({ mark: isLast ? '   ' : '│  ', cells: ['', '', '', port] })),
    ];
  });
}

function interfaceCells(
  { ifname, addresses, isReady }: SketchedEndpoint,
  sandbox: SketchedSandbox | undefined,
): string[] {
  const state = isReady ? [] : ['(not ready)'];
  return [sandbox?.name === ifname ? '' : ifname, [...addresses, ...state].join('  ')];
}

function elsewhere({ networks }: Sketch, { name }: SketchedNetwork, { sandbox }: SketchedEndpoint): string[] {
  const others = networks
    .filter((one) => one.name !== name && one.endpoints.some((endpoint) => endpoint.sandbox === sandbox))
    .map((one) => one.name);
  return others.length === 0 ? [] : [`(also on ${others.join(', ')})  `];
}

function networkLines(sketch: Sketch, network: SketchedNetwork, width: number, style: Style): string[] {
  const { name, endpoints } = network;
  const bar = '═'.repeat(width - name.length + 3);
  const turn = endpoints.length === 0 ? '═' : '╤';
  const head = `╠══ ${style.strong(name)} ${bar}${turn}══ ${style.faint(networkTexts(network).join(', '))}`;
  const indent = ' '.repeat(width + 7);
  const rows = endpointRows(sketch, network);
  const cells = aligned(rows.map((row) => row.cells));
  const lines = rows.map(({ mark }, at) => {
    const [who = '', ifname = '', addresses = '', port = ''] = cells[at] ?? [];
    const text = [style.strong(who), style.faint(ifname), addresses, style.accent(port)];
    return `║${indent}${mark}${text.join('  ').trimEnd()}`;
  });
  return [head, ...lines];
}

function looseLines(sketch: Sketch, style: Style): string[] {
  const at = (place: SketchedSandbox['place'], words: string): string[] => {
    const names = sketch.sandboxes.filter((one) => one.place === place).map((one) => titleOf(sketch, one));
    return names.length === 0 ? [] : [`${words}: ${style.strong(names.join(', '))}`];
  };
  return [...at('host', 'in the host’s own network'), ...at('none', 'alone')];
}

function filterLines({ filters }: Sketch): string[] {
  return filters.map(({ networks: [one, other], through, isThere }) => {
    return `${one} and ${other} call each other through ${through} alone${isThere ? '' : ', which is not there'}`;
  });
}

/** Draws a sketch with characters. */
export function sketchText(sketch: Sketch, style: Style): string {
  const { uplinks, networks } = sketch;
  const width = Math.max(0, ...networks.map(({ name }) => name.length));
  const names = aligned(uplinks.map(({ device, addresses }) => [device, addresses.join(', ')]));
  const ways = uplinks.map(({ isWayOut }, at) => {
    const [device = '', addresses = ''] = names[at] ?? [];
    return `║ ${style.strong(device)}  ${addresses}${isWayOut ? '' : style.faint('  (no default route)')}`;
  });
  const loose = [...looseLines(sketch, style), ...filterLines(sketch)];
  const lines = [
    uplinks.length === 0 ? style.faint('nothing leads outside') : 'outside',
    ...ways,
    style.strong(sketch.host === '' ? 'host' : sketch.host),
    ...networks.flatMap((network) => ['║', ...networkLines(sketch, network, width, style)]),
    ...(loose.length > 0 ? ['║', ...loose.map((line) => `╟── ${line}`)] : []),
  ];
  return `${closed(lines).join('\n')}\n`;
}

// The line of the host ends where the last thing leads off it.
function closed(lines: readonly string[]): string[] {
  const last = lines.findLastIndex((line) => /^[╠╟]/.test(line));
  return lines.map((line, at) => {
    if (at === last) return line.replace(/^╠/, '╚').replace(/^╟/, '╙');
    return last >= 0 && at > last ? line.replace(/^║/, ' ') : line;
  });
}
