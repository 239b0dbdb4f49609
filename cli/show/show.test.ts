import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SketchedEndpoint, SketchedNetwork, SketchedSandbox, Sketch } from '../../cnm/sketch/model.ts';
import { plain } from '../output/terminal.ts';
import { sketchDot } from './dot.ts';
import { layOut } from './layout.ts';
import { sketchSvg } from './svg.ts';
import { sketchText } from './text.ts';
import { portTexts } from './words.ts';

const endpoint = (sandbox: string, more: Partial<SketchedEndpoint> = {}): SketchedEndpoint => ({
  ...{ sandbox, ifname: 'eth0', addresses: [], ports: [], isReady: true },
  ...more,
});

const network = (name: string, more: Partial<SketchedNetwork> = {}): SketchedNetwork => ({
  ...{ name, origin: 'tsnet', kind: 'bridge', device: `br-${name}`, addresses: [], subnets: [] },
  ...{ way: 'masqueraded', uplinks: [], endpoints: [] },
  ...more,
});

const sandbox = (id: string, more: Partial<SketchedSandbox> = {}): SketchedSandbox => ({
  ...{ id, name: id, origin: 'tsnet', place: 'networks', sharedWith: undefined, command: undefined },
  ...more,
});

const port = (hostPort: number, containerPort: number, hostIp = '0.0.0.0', protocol = 'tcp') => {
  return { hostIp, hostPort, containerPort, protocol };
};

const sample: Sketch = {
  host: 'box',
  uplinks: [
    { device: 'up0', addresses: ['192.0.2.2/24'], isWayOut: true },
    { device: 'wan1', addresses: ['198.51.100.2/24'], isWayOut: false },
  ],
  networks: [
    network('app', {
      addresses: ['10.1.0.1/24'],
      endpoints: [
        endpoint('web', {
          addresses: ['10.1.0.2'],
          ports: [port(80, 80), port(80, 80, '::'), port(443, 443, '192.0.2.2')],
        }),
        endpoint('api', { addresses: ['10.1.0.3'] }),
      ],
    }),
    network('lab', {
      subnets: ['10.2.0.0/24'],
      way: 'none',
      endpoints: [endpoint('api', { ifname: 'eth1', isReady: false })],
    }),
    network('docker0', {
      ...{ origin: 'other', device: 'docker0', way: 'unknown' },
      endpoints: [endpoint('port:veth1', { ifname: 'veth1' })],
    }),
  ],
  sandboxes: [
    sandbox('web'),
    sandbox('debug', { place: 'shared', sharedWith: 'web' }),
    sandbox('api'),
    sandbox('port:veth1', { name: 'veth1', origin: 'other' }),
    sandbox('mon', { place: 'host' }),
    sandbox('lone', { place: 'none' }),
  ],
  filters: [{ networks: ['app', 'lab'], through: 'gate', isThere: false }],
};

const empty: Sketch = { host: '', uplinks: [], networks: [], sandboxes: [], filters: [] };

describe('published ports', () => {
  test.each([
    [[port(8080, 80), port(8080, 80, '::')], ['*:8080 → 80/tcp']],
    [[port(81, 91), port(80, 90), port(82, 92)], ['*:80-82 → 90-92/tcp']],
    [
      [port(80, 90), port(81, 90)],
      ['*:80 → 90/tcp', '*:81 → 90/tcp'],
    ],
    [
      [port(53, 53, '::1', 'udp'), port(53, 53, '127.0.0.1', 'tcp')],
      ['127.0.0.1:53 → 53/tcp', '[::1]:53 → 53/udp'],
    ],
    [[], []],
  ])('%j', (ports, texts) => {
    expect(portTexts(ports)).toEqual(texts);
  });

  test('of many the first are told, and how many there are beside them', () => {
    const many = Array.from({ length: 20 }, (_, at) => port(1000 + 2 * at, 80));
    expect(portTexts(many)).toHaveLength(8);
    expect(portTexts(many).at(-1)).toBe('and 13 more');
  });
});

test('as text', () => {
  expect(sketchText(sample, plain)).toBe(`outside
║ up0   192.0.2.2/24
║ wan1  198.51.100.2/24  (no default route)
box
║
╠══ app ═══════╤══ 10.1.0.1/24, br-app, out as the host
║              ├─ web + debug  eth0  10.1.0.2  *:80 → 80/tcp
║              │                               192.0.2.2:443 → 443/tcp
║              └─ api          eth0  10.1.0.3  (also on lab)
║
╠══ lab ═══════╤══ 10.2.0.0/24, br-lab, no way out
║              └─ api  eth1  (not ready)  (also on app)
║
╠══ docker0 ═══╤══ not tsnet’s
║              └─ veth1
║
╟── in the host’s own network: mon
╟── alone: lone
╙── app and lab call each other through gate alone, which is not there
`);
  expect(sketchText(empty, plain)).toBe('nothing leads outside\nhost\n');
});

test('as a graph: each thing once, each endpoint an edge, names quoted', () => {
  const dot = sketchDot({ ...sample, networks: [...sample.networks, network('a"b\\c')] });
  expect(dot.match(/"network app" \[/g)).toHaveLength(1);
  expect(dot).toContain('host -- "network app";');
  expect(dot).not.toContain('host -- "network lab";');
  expect(dot).toContain('"network lab" -- "sandbox api" [label="eth1\\l"];');
  expect(dot).toContain('"network a\\"b\\\\c" [');
  expect(dot).toContain('[label="web + debug\\l"]');
});

describe('as a picture', () => {
  test('it has every name, and nothing that XML does not take', () => {
    const svg = sketchSvg({ ...sample, host: 'a<b>&"c\u0001' });
    expect(svg).toContain('aria-label="Networks of a&lt;b&gt;&amp;&quot;c"');
    for (const text of [
      'outside',
      'up0',
      'app',
      'lab',
      'docker0',
      'web + debug',
      'api',
      'mon',
      'lone',
      '*:80 → 80/tcp',
    ])
      expect(svg).toContain(`>${text}</text>`);
    expect(svg.match(/<g>/g)).toHaveLength(svg.match(/<\/g>/g)?.length ?? 0);
    expect(svg.endsWith('</svg>\n')).toBe(true);
    expect(sketchSvg(empty)).toContain('>host</text>');
  });

  const name = fc.string({ minLength: 1, maxLength: 30 });
  const sketches = fc
    .record({
      networks: fc.integer({ min: 0, max: 5 }),
      sandboxes: fc.array(fc.array(fc.nat(4)), { maxLength: 8 }),
      name,
    })
    .map(({ networks, sandboxes, name: ifname }): Sketch => ({
      ...sample,
      networks: Array.from({ length: networks }, (_, at) =>
        network(`n${at}`, {
          endpoints: sandboxes.flatMap((on, index) =>
            on.includes(at) ? [endpoint(`s${index}`, { ifname })] : [],
          ),
        }),
      ),
      sandboxes: sandboxes.map((_, at) => sandbox(`s${at}`)),
    }));

  test('no box lies on another, all are in the picture, and each endpoint has a line of its own to it', () => {
    fc.assert(
      fc.property(sketches, (sketch) => {
        const { boxes, edges, width, height } = layOut(sketch);
        const apart = (a: (typeof boxes)[0], b: (typeof boxes)[0]): boolean =>
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        boxes.forEach((a, at) => boxes.slice(at + 1).forEach((b) => expect(apart(a, b)).toBe(true)));
        for (const { x, y, width: wide, height: high } of boxes)
          expect([x >= 0, y >= 0, x + wide <= width, y + high <= height]).toEqual([true, true, true, true]);
        const endpoints = sketch.networks.flatMap((one) => one.endpoints).length;
        expect(edges).toHaveLength(sketch.uplinks.length + sketch.networks.length + endpoints);
        const ends = edges.slice(edges.length - endpoints).map(({ to }) => to.join());
        expect(new Set(ends).size).toBe(endpoints);
      }),
    );
  });
});
