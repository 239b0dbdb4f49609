import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBytes, anyMac, anyOf, anyS32, anyText, anyU16, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { decode, encode } from '../codec.ts';
import { encodeMessage, locateField } from '../message.ts';
import { IFF } from './constants.ts';
import { deleteLink, ifinfomsg, linkAttributes, newLink, setLink } from './link.ts';
import type { LinkAttributes, LinkFlags } from './link.ts';

codecLaws(
  ifinfomsg,
  fc.record({ family: anyU8, hardwareType: anyU16, index: anyS32, flags: anyU32, change: anyU32 }),
);

const anyPeer = anyOf({ address: anyMac, ifname: anyText, mtu: anyU32, namespace: anyS32 });
const anyInfo = fc.oneof(
  fc.record({
    kind: fc.constant('bridge' as const),
    data: anyOf({ forwardDelay: anyU32, stpState: anyU32, vlanFiltering: anyU8, multicastSnooping: anyU8 }),
  }),
  fc.record({ kind: fc.constant('veth' as const), data: anyOf({ peer: anyPeer }) }),
  fc.record({ kind: fc.constant('ifb' as const) }),
  fc.record({
    kind: fc.constant('macvlan' as const),
    data: anyOf({ mode: anyU32, broadcastQueueLength: anyU32 }),
  }),
  fc.record({ kind: fc.constant('ipvlan' as const), data: anyOf({ mode: anyU16, flags: anyU16 }) }),
  fc.record({ kind: fc.constant('vlan' as const), data: anyOf({ id: anyU16 }) }),
  fc.record({ kind: fc.constant('dummy' as const), data: fc.constant({}) }),
  fc.record({
    kind: fc.constant('tun' as const),
    data: anyOf({ owner: anyU32, group: anyU32, isMultiQueue: anyU8 }),
  }),
  fc.record({ kind: fc.constant('vrf' as const), data: anyOf({ table: anyU32 }) }),
  fc.record({ kind: fc.constant('other:gre' as const), data: anyBytes }),
);

attributeLaws<LinkAttributes>(
  linkAttributes,
  anyOf({
    address: anyMac,
    ifname: anyText,
    mtu: anyU32,
    queueLength: anyU32,
    parent: anyU32,
    master: anyU32,
    info: anyInfo,
    namespace: anyS32,
    alias: anyText,
    families: anyOf({ inet6: anyOf({ addressGeneration: anyU8 }) }),
  }),
);

describe('requests on links', () => {
  it('name the link by its index or its name', () => {
    expect(setLink({ index: 7 }, { mtu: 1400 })).toMatchObject({
      subject: 'link 7',
      body: { header: { index: 7, flags: 0, change: 0 }, attributes: { mtu: 1400 } },
    });
    expect(deleteLink({ ifname: 'eth0' })).toMatchObject({
      subject: 'link "eth0"',
      body: { header: { index: 0 }, attributes: { ifname: 'eth0' } },
    });
  });

  it('take a link up or down without touching its other flags', () => {
    const header = (flags: LinkFlags) => setLink({ index: 7 }, {}, flags).body.header;
    expect(header({ UP: true })).toMatchObject({ flags: IFF.UP, change: IFF.UP });
    expect(header({ UP: false })).toMatchObject({ flags: 0, change: IFF.UP });
    expect(header({ UP: false, PROMISC: true })).toMatchObject({
      flags: IFF.PROMISC,
      change: IFF.UP | IFF.PROMISC,
    });
  });

  it('refuse what no link can have, naming the field', () => {
    expect(() => encodeMessage(newLink('eth0', { mtu: -1 }), 0, 1)).toThrow('link.mtu: u32: -1 is not in');
    const peer = newLink('v0', { info: { kind: 'veth', data: { peer: { mtu: -1 } } } });
    expect(() => encodeMessage(peer, 0, 1)).toThrow(
      'link.info: info.veth: veth.peer: peer.mtu: u32: -1 is not in 0..4294967295',
    );
    expect(() => encodeMessage(setLink({ index: 2 ** 31 }, {}), 0, 1)).toThrow('ifinfomsg.index');
  });

  it('have types that refuse the data of another kind', () => {
    // @ts-expect-error a veth has no forward delay
    const wrong: LinkAttributes = { info: { kind: 'veth', data: { forwardDelay: 0 } } };
    // @ts-expect-error a name that links have not
    const unknown: LinkAttributes = { name: 'eth0' };
    expect([wrong, unknown]).toHaveLength(2);
  });
});

describe('the peer of a veth', () => {
  const request = newLink('v0', { info: { kind: 'veth', data: { peer: { ifname: 'eth0', mtu: 1400 } } } });
  const bytes = encodeMessage(request, 0, 1);

  it('is a whole link message inside an attribute', () => {
    const value = decode(linkAttributes, bytes.subarray(32));
    expect(value.info).toEqual({ kind: 'veth', data: { peer: { ifname: 'eth0', mtu: 1400 } } });
  });

  // 32 bytes of headers, "v0" 8, info 4, "veth" 12, data 4, peer 4, its ifinfomsg 16, "eth0" 12
  it.each([
    [60, 'link.info.veth.peer'],
    [64, 'link.info.veth.peer'],
    [80, 'link.info.veth.peer.ifname'],
    [96, 'link.info.veth.peer.mtu'],
  ])('is located at byte %i as %s', (offset, path) => {
    expect(locateField(request, bytes, offset).join('.')).toBe(path);
  });

  it('is refused when its header is cut off', () => {
    const cut = encode(linkAttributes, {
      info: { kind: 'other:veth', data: Uint8Array.of(8, 0, 1, 0, 0, 0, 0, 0) },
    });
    expect(() => decode(linkAttributes, cut)).toThrow('link.info: info.veth: veth.peer: bytes: expected');
  });
});
