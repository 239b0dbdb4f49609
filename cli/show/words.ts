// What is written into a drawing, whatever it is drawn with.
import type { SketchedNetwork, SketchedPort, SketchedSandbox, Sketch, Way } from '../../cnm/sketch/model.ts';

const SHOWN = 8;

function hostText(hostIp: string): string {
  if (hostIp === '0.0.0.0' || hostIp === '::') return '*';
  return hostIp.includes(':') ? `[${hostIp}]` : hostIp;
}

interface Range {
  readonly host: string;
  readonly protocol: string;
  readonly first: number;
  readonly container: number;
  count: number;
}

const span = (first: number, count: number): string =>
  count === 1 ? String(first) : `${first}-${first + count - 1}`;

/**
 * Published ports as `*:8080 → 80/tcp`; ports in a row become one text, and of addresses of both families that stand for all
 * one does. Of many the first few are told, and how many there are beside them.
 */
export function portTexts(ports: readonly SketchedPort[]): string[] {
  const ranges: Range[] = [];
  const sorted = ports
    .map(({ hostIp, ...port }) => ({ ...port, host: hostText(hostIp) }))
    .sort(
      (a, b) =>
        a.protocol.localeCompare(b.protocol) || a.host.localeCompare(b.host) || a.hostPort - b.hostPort,
    );
  for (const { host, protocol, hostPort, containerPort } of sorted) {
    const last = ranges.at(-1);
    if (last?.host === host && last.protocol === protocol) {
      const far = hostPort - last.first;
      const isInRow = containerPort - last.container === far;
      if (isInRow && far === last.count - 1) continue;
      if (isInRow && far === last.count) {
        last.count++;
        continue;
      }
    }
    ranges.push({ host, protocol, first: hostPort, container: containerPort, count: 1 });
  }
  const texts = ranges.map(({ host, protocol, first, container, count }) => {
    return `${host}:${span(first, count)} → ${span(container, count)}/${protocol}`;
  });
  return texts.length > SHOWN
    ? [...texts.slice(0, SHOWN - 1), `and ${texts.length - SHOWN + 1} more`]
    : texts;
}

const ways: Readonly<Record<Way, string | undefined>> = {
  masqueraded: 'out as the host',
  routed: 'out with its own addresses',
  none: 'no way out',
  unknown: undefined,
};

/** What a network is, and what becomes of what leaves it. */
export function networkTexts({
  origin,
  kind,
  device,
  name,
  addresses,
  subnets,
  way,
  uplinks,
}: SketchedNetwork): string[] {
  const where = addresses.length > 0 ? addresses : subnets;
  const owner = { tsnet: undefined, cni: 'CNI', other: 'not tsnet’s' }[origin];
  const described = [owner, kind === 'bridge' ? undefined : kind, device === name ? undefined : device];
  const out = uplinks.length > 0 ? `joins what is behind ${uplinks.join(', ')}` : ways[way];
  return [...where, ...described, out].filter((text) => text !== undefined);
}

/** Who is in the same namespace as a sandbox. */
function guestsOf({ sandboxes }: Sketch, { name }: SketchedSandbox): SketchedSandbox[] {
  return sandboxes.filter(({ place, sharedWith }) => place === 'shared' && sharedWith === name);
}

/** A sandbox's name with those of its guests. */
export function titleOf(sketch: Sketch, sandbox: SketchedSandbox): string {
  return [sandbox, ...guestsOf(sketch, sandbox)].map(({ name }) => name).join(' + ');
}
