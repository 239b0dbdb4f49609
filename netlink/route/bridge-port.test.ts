import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyOf, anyText, anyU16, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { acknowledge, answer, scriptedKernel } from '../../test/scripted-kernel.ts';
import { decode, encode } from '../codec.ts';
import { Connection } from '../connection.ts';
import { concatenate, NLM_F, NLMSG } from '../message.ts';
import {
  addPortVlans,
  ALL_VLANS,
  bridgeVlanInfo,
  deletePortVlans,
  fromInfos,
  getBridgePort,
  listPortVlans,
  portAttributes,
  portVlansAttributes,
  setBridgePort,
} from './bridge-port.ts';
import { AF, BRIDGE_VLAN_INFO, IFLA, IFLA_BRIDGE, RTM } from './constants.ts';
import { ifinfomsg } from './link.ts';

const { PVID, UNTAGGED, RANGE_BEGIN, RANGE_END } = BRIDGE_VLAN_INFO;

codecLaws(bridgeVlanInfo, fc.record({ flags: anyU16, vid: anyU16 }));

attributeLaws(
  portAttributes,
  anyOf({
    ifname: anyText,
    extMask: anyU32,
    info: fc.record({
      kind: fc.constant('bridge' as const),
      data: anyOf({ hairpin: anyU8, isolated: anyU8 }),
    }),
  }),
);

attributeLaws(
  portVlansAttributes,
  anyOf({
    extMask: anyU32,
    vlans: fc.array(fc.record({ flags: anyU16, vid: anyU16 }), { minLength: 1, maxLength: 5 }),
  }),
);

const anyVlan = fc.integer({ min: ALL_VLANS.first, max: ALL_VLANS.last });
const anyRange = fc
  .tuple(anyVlan, anyVlan)
  .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other), isNative: false }));
const anyNative = anyVlan.map((vid) => ({ first: vid, last: vid, isNative: true }));

describe('the VLANs of a port', () => {
  it('are entries with flags, ranges two of them', () => {
    const { header, attributes } = addPortVlans(7, [
      { first: 100, last: 102 },
      { first: 200, last: 200 },
      { first: 5, last: 5, isNative: true },
    ]).body;
    expect(header).toMatchObject({ family: AF.BRIDGE, index: 7 });
    expect(attributes.vlans).toEqual([
      { flags: RANGE_BEGIN, vid: 100 },
      { flags: RANGE_END, vid: 102 },
      { flags: 0, vid: 200 },
      { flags: PVID | UNTAGGED, vid: 5 },
    ]);
    expect(deletePortVlans(7, ALL_VLANS)).toMatchObject({
      type: RTM.DELLINK,
      body: { attributes: { vlans: [{ vid: 1 }, { vid: 4094 }] } },
    });
  });

  it('are read as they were written, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyRange, anyNative), { minLength: 1 }), (vlans) => {
        const { attributes } = addPortVlans(1, vlans).body;
        const { vlans: read = [] } = decode(portVlansAttributes, encode(portVlansAttributes, attributes));
        expect(fromInfos(read)).toEqual(vlans);
      }),
    );
  });

  it('are found among the ports of a dump, some of which have other things in their place', () => {
    const link = (index: number, attributes: Uint8Array): Uint8Array =>
      concatenate([encode(ifinfomsg, ifinfomsg.make({ family: AF.BRIDGE, index })), attributes]);
    // What a network card tells: IFLA_BRIDGE_MODE, two bytes.
    const card = Uint8Array.of(12, 0, IFLA.AF_SPEC, 0, 6, 0, IFLA_BRIDGE.VLAN_INFO - 1, 0, 1, 0, 0, 0);
    const port = encode(portVlansAttributes, {
      vlans: [
        { flags: RANGE_BEGIN, vid: 3 },
        { flags: RANGE_END, vid: 4 },
        { flags: PVID | UNTAGGED, vid: 9 },
      ],
    });
    const kernel = () =>
      scriptedKernel((request) => [
        answer(request, RTM.NEWLINK, link(2, card), NLM_F.MULTI),
        answer(request, RTM.NEWLINK, link(3, port), NLM_F.MULTI),
        answer(request, NLMSG.DONE, new Uint8Array(4), NLM_F.MULTI),
      ]);
    expect(listPortVlans(new Connection(kernel()), 3)).toEqual([
      { first: 3, last: 4, isNative: false },
      { first: 9, last: 9, isNative: true },
    ]);
    expect(listPortVlans(new Connection(kernel()), 2)).toEqual([]);
    expect(listPortVlans(new Connection(kernel()), 5)).toEqual([]);
  });
});

describe('the behaviour of a port', () => {
  it('is asked for without what is left out', () => {
    const data = (behaviour: Parameters<typeof setBridgePort>[1]) =>
      setBridgePort('v0', behaviour).body.attributes.info?.data;
    expect(data({ isHairpin: true })).toEqual({ hairpin: 1, isolated: undefined });
    expect(data({ isHairpin: false, isIsolated: true })).toEqual({ hairpin: 0, isolated: 1 });
  });

  it('is none of a link that is no port', () => {
    const kernel = scriptedKernel((request) => [
      answer(request, RTM.NEWLINK, encode(ifinfomsg, ifinfomsg.make({ index: 2 }))),
      acknowledge(request),
    ]);
    expect(getBridgePort(new Connection(kernel), 'eth0')).toBeUndefined();
  });
});
