import { expect, it } from 'vitest';
import { Ip } from '../address/index.ts';
import { encode } from '../netlink/codec.ts';
import { nf_nat_range, xt_multiport_v1, xt_tcp, xt_udp } from '../netlink/netfilter/expr/xtables.ts';
import { u16 } from '../netlink/scalar.ts';
import type { Place } from './place.ts';
import { Registers } from './registers.ts';
import { match, target } from './xtables.ts';

function calling(destinationPort: number, destination = Ip.parse('192.0.2.2')): Place {
  const source = Ip.parse('192.0.2.1');
  return {
    packet: { source, destination, destinationPort, protocol: 6, isTranslated: false },
    ...{ registers: new Registers(), isTracked: true },
    ...{ setNamed: () => undefined, isLocal: () => true, indexOf: () => 0 },
  };
}

const anySource = { sourceFrom: 0, sourceTo: 0xffff };

it('knows matches on the destination port, and no others', () => {
  const tcp = (more: object) => ({
    ...{ name: 'tcp', revision: 0 },
    info: encode(xt_tcp, xt_tcp.make({ ...anySource, from: 80, to: 90, ...more })),
  });
  const steps = [79, 80, 90, 91].map((port) => match(calling(port), tcp({})));
  expect(steps).toEqual(['over', 'on', 'on', 'over']);
  expect(match(calling(80), tcp({ inverted: 2 }))).toBe('over');
  const others = [{ sourceFrom: 1 }, { sourceTo: 9 }, { option: 1 }, { flagMask: 1 }, { inverted: 1 }];
  for (const more of others) expect(match(calling(80), tcp(more))).toBe('unknown');
  const udp = encode(xt_udp, xt_udp.make({ ...anySource, from: 80, to: 80 }));
  expect(match(calling(80), { name: 'udp', revision: 0, info: udp })).toBe('on');
  expect(match(calling(80), { name: 'udp', revision: 0, info: udp.slice(0, 4) })).toBe('unknown');
});

it('knows several ports and ranges of them', () => {
  const info = encode(xt_multiport_v1, xt_multiport_v1.make({ kind: 1, count: 3 }));
  for (const [at, port] of [80, 8000, 8010].entries()) info.set(encode(u16, port), 2 + 2 * at);
  info[33] = 1;
  const steps = [80, 81, 7999, 8000, 8005, 8010, 8011].map((port) =>
    match(calling(port), { name: 'multiport', revision: 1, info }),
  );
  expect(steps).toEqual(['on', 'over', 'over', 'on', 'on', 'on', 'over']);
});

it('follows DNAT', () => {
  const info = encode(nf_nat_range, nf_nat_range.make({ flags: 3, port: 8080, lastPort: 8080 }));
  info.set(Ip.parse('10.1.0.2').toBytes(), 4);
  const to = { destination: Ip.parse('10.1.0.2'), port: 8080 };
  expect(target(calling(80), { name: 'DNAT', revision: 2, info })).toEqual({ translated: to });
  expect(target(calling(80), { name: 'DNAT', revision: 0, info })).toBe('unknown');
  info.set(encode(nf_nat_range, nf_nat_range.make({ flags: 1 })).subarray(0, 4));
  expect(target(calling(80), { name: 'DNAT', revision: 1, info })).toMatchObject({
    translated: { port: 80 },
  });
});
