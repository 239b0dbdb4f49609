// What a chain made, as other people's tools see it, in a form that two hosts can be compared by: without numbers that the
// kernel gives out, random names and random MACs.
import type { Lab } from '../netns/lab.ts';

type Json = Readonly<Record<string, unknown>>;

/** One place as it stands: a line for each thing, sorted. */
export interface View {
  readonly links: string[];
  readonly addresses: string[];
  readonly routes: string[];
  readonly rules: string[];
  readonly neighbours: string[];
}

function ip(lab: Lab, where: string, ...args: string[]): Json[] {
  return JSON.parse(lab.exec(where, ['ip', '-j', ...args]) || '[]') as Json[];
}

/** Text without what differs between any two runs. */
export function anonymous(text: string): string {
  return text
    .replaceAll(/\bveth[0-9a-f]{8,11}\b/g, 'veth*')
    .replaceAll(/\b(?:bwp|ifb)[0-9a-f]{12}\b/g, 'ifb*')
    .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi, '<mac>');
}

/** A value without what differs between any two runs. */
export function anonymousValue(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(anonymous(JSON.stringify(value))) as unknown);
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function linkLine(link: Json): string {
  const info = (link['linkinfo'] ?? {}) as Json;
  const flags = link['flags'] as string[];
  const data = (info['info_slave_data'] ?? {}) as Json;
  return [
    text(link['ifname']),
    text(info['info_kind']),
    `mtu ${text(link['mtu'])}`,
    `txqlen ${text(link['txqlen'])}`,
    ...['UP', 'PROMISC', 'ALLMULTI'].filter((flag) => flags.includes(flag)),
    ...(link['promiscuity'] === 0 ? [] : ['promiscuity']),
    ...(link['master'] === undefined ? [] : [`master ${text(link['master'])}`]),
    ...(data['hairpin'] === true ? ['hairpin'] : []),
    ...(data['isolated'] === true ? ['isolated'] : []),
  ].join(' ');
}

// Link-local addresses follow from random MACs, and with them routes.
function isLinkLocal(address: string): boolean {
  return address.startsWith('fe80:');
}

function addressLines(device: Json): string[] {
  const all = device['addr_info'] as Json[];
  return all
    .filter((one) => !isLinkLocal(text(one['local'])))
    .map((one) =>
      [text(device['ifname']), `${text(one['local'])}/${text(one['prefixlen'])}`, text(one['scope'])].join(
        ' ',
      ),
    );
}

function routeLine(route: Json): string {
  const keys = ['gateway', 'dev', 'table', 'metric', 'scope', 'prefsrc', 'mtu'];
  const metrics = ((route['metrics'] ?? []) as Json[]).map((one) => JSON.stringify(one));
  return [
    text(route['dst']),
    ...keys.filter((key) => route[key] !== undefined).map((key) => `${key} ${text(route[key])}`),
    ...metrics,
  ].join(' ');
}

function isOfPlugins(route: Json): boolean {
  const type = route['type'];
  return (type === undefined || type === 'unicast') && !/^fe80:|^ff00:|^multicast/.test(text(route['dst']));
}

/** What is there in a place of the lab. */
export function viewOf(lab: Lab, where: string): View {
  const lines = (all: string[]): string[] => all.map(anonymous).sort();
  const families = ['-4', '-6'] as const;
  return {
    links: lines(ip(lab, where, '-d', 'link').map(linkLine)),
    addresses: lines(ip(lab, where, 'address').flatMap(addressLines)),
    routes: lines(
      families.flatMap((family) =>
        ip(lab, where, family, '-d', 'route', 'show', 'table', 'all').filter(isOfPlugins).map(routeLine),
      ),
    ),
    rules: lines(
      families.flatMap((family) => ip(lab, where, family, 'rule').map((one) => JSON.stringify(one))),
    ),
    neighbours: lines(
      ip(lab, where, 'neighbour')
        .filter((one) => (one['state'] as string[]).includes('PERMANENT'))
        .map((one) => `${text(one['dst'])} dev ${text(one['dev'])}`),
    ),
  };
}

/** The settings below net/ipv4/conf and net/ipv6/conf of an interface. */
export function settingsOf(lab: Lab, where: string, ifname: string): Record<string, string> {
  const script = `cd /proc/sys/net; for f in ipv[46]/conf/$0/*; do [ -r "$f" ] && echo "$f $(cat "$f" 2>/dev/null)"; done; true`;
  const lines = lab.exec(where, ['sh', '-c', script, ifname]).trim().split('\n');
  const pairs = lines.map((line): [string, string] => {
    const at = line.indexOf(' ');
    return [line.slice(0, at).replace(`/${ifname}/`, '/'), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== '' && !name.endsWith('stable_secret')));
}
