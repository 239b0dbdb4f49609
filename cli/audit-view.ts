// An audit as a person reads it: a table for each network, one for the host, and what is flagged.
import type { Report } from '../audit/audit.ts';
import type { Reach } from '../audit/reach.ts';
import type { Place } from '../audit/source.ts';
import { table } from './output/table.ts';

const heading = ['FROM', 'TO', 'ADDRESS', 'REACHABLE'];

function placeText({ kind, name }: Place): string {
  if (kind === 'outside') return `outside by ${name}`;
  return kind === 'network' ? `network ${name}` : name;
}

function serviceText({ protocol, port, by, endpointPort, isServed, outcome }: Reach): string {
  const perhaps = outcome === 'perhaps' ? ' (perhaps)' : '';
  if (port === undefined) return `other ports${perhaps}`;
  if (by === 'address') return `${protocol} ${port}${perhaps}`;
  const silent = isServed === false ? ', nobody waits there' : '';
  return `${protocol} ${port}, published, to port ${endpointPort ?? port}${silent}${perhaps}`;
}

// One row for each place that calls and address that is called.
function rows(ways: readonly Reach[]): string[][] {
  const groups = new Map<string, { row: string[]; services: string[] }>();
  for (const way of ways) {
    const row = [placeText(way.from), placeText(way.to), way.address.toString()];
    const key = row.join('\0');
    const group = groups.get(key) ?? { row, services: [] };
    groups.set(key, group);
    const text = way.to.kind === 'outside' ? 'yes' : serviceText(way);
    if (!group.services.includes(text)) group.services.push(text);
  }
  return [...groups.values()].map(({ row, services }) => [...row, services.join(', ')]);
}

function section(title: string, ways: readonly Reach[]): string {
  if (ways.length === 0) return `${title}: nothing is reachable\n`;
  return `${title}\n${table(heading, rows(ways))}`;
}

/** The text of a report. */
export function auditText({ networks, ways, flags, unseen }: Report): string {
  const open = ways.filter(({ outcome }) => outcome !== 'no');
  const isAbout = (network: string, { from, to }: Reach): boolean =>
    (to.kind === 'endpoint' && to.name.startsWith(`${network}/`)) ||
    (to.kind === 'outside' && from.name === network);
  const sections = [
    ...networks.map((network) =>
      section(
        `network ${network}`,
        open.filter((way) => isAbout(network, way)),
      ),
    ),
    section(
      'host',
      open.filter(({ to }) => to.kind === 'host'),
    ),
  ];
  const filters =
    unseen.length === 0 ? [] : [`not looked at: ${unseen.join(', ')} (netlink does not show them)\n`];
  const list =
    flags.length === 0
      ? 'nothing is flagged\n'
      : `flags: ${flags.length}\n${flags.map(({ code, where, what, mend }) => `${code}: ${where}: ${what}\n  mend: ${mend}\n`).join('')}`;
  return [...sections, ...filters, list].join('\n');
}
