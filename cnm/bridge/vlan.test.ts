import { describe, expect, test } from 'vitest';
import { acknowledge, answer, done, scriptedKernel } from '../../test/scripted-kernel.ts';
import { decode, encode } from '../../netlink/codec.ts';
import { Connection } from '../../netlink/connection.ts';
import { concatenate, NLM_F } from '../../netlink/message.ts';
import type { Message } from '../../netlink/message.ts';
import { addPortVlans, portVlansAttributes } from '../../netlink/route/bridge-port.ts';
import type { PortVlans } from '../../netlink/route/bridge-port.ts';
import { AF, RTM } from '../../netlink/route/constants.ts';
import { ifinfomsg, linkAttributes } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import type { BridgeRequest, VlanSpec } from '../request.ts';
import { bridgeMac } from './names.ts';
import { deviceOf, filterVlans, inspectVlans, joinVlans, vlansOf } from './vlan.ts';

const EOPNOTSUPP = 95;
const PORT = 7;
const spec: VlanSpec = { native: 10, trunk: [{ first: 100, last: 102 }], keepsDefault: false };
const native10 = { first: 10, last: 10, isNative: true };

function linkBytes(index: number, attributes: Uint8Array): Uint8Array {
  return concatenate([encode(ifinfomsg, ifinfomsg.make({ family: AF.BRIDGE, index })), attributes]);
}

function linkOf(changes: Partial<Link['attributes']>): Link {
  return {
    index: 3,
    flags: 1,
    ifname: 'cni0',
    mtu: 1500,
    attributes: { address: bridgeMac('cni0'), ...changes },
  };
}

describe('the bridge', () => {
  test('that filters VLANs is left as it is', () => {
    const route = new Connection(scriptedKernel());
    filterVlans({ route }, linkOf({ info: { kind: 'bridge', data: { vlanFiltering: 1 } } }), spec);
  });

  test("of somebody else's that does not is refused", () => {
    const route = new Connection(scriptedKernel());
    expect(() => filterVlans({ route }, linkOf({ address: bridgeMac('other') }), spec)).toThrow(
      'bridge "cni0" exists and does not filter VLANs (ip link set cni0 type bridge vlan_filtering 1)',
    );
  });

  test('of ours is made to, by what only RTM_NEWLINK changes', () => {
    const kernel = scriptedKernel((request) => [acknowledge(request)]);
    filterVlans({ route: new Connection(kernel) }, linkOf({}), spec);
    const [request] = kernel.received[0] ?? [];
    expect(request?.type).toBe(RTM.NEWLINK);
    expect((request?.flags ?? 0) & NLM_F.CREATE).toBe(0);
  });

  test.each([
    [spec, 'vlan 10'],
    [{ ...spec, native: undefined }, 'vlanTrunk [{"first":100,"last":102}]'],
  ])('in a kernel that cannot: the error names the key and what the kernel lacks', (vlans, key) => {
    const route = new Connection(scriptedKernel((request) => [acknowledge(request, EOPNOTSUPP)]));
    expect(() => filterVlans({ route }, linkOf({}), vlans)).toThrow(
      expect.objectContaining({
        code: 'TSNET_UNSUPPORTED',
        message: `${key}: not supported by this kernel, it needs CONFIG_BRIDGE_VLAN_FILTERING`,
      }),
    );
  });
});

describe('a port', () => {
  const present = (request: Message): Uint8Array[] => [
    answer(request, RTM.NEWLINK, linkBytes(PORT, encode(linkAttributes, { ifname: 'v0' }))),
    acknowledge(request),
  ];
  /** The types and VLANs of what is asked for. */
  function join(vlans: VlanSpec): [number, unknown][] {
    const kernel = scriptedKernel(present, (...requests) => requests.map((one) => acknowledge(one)));
    joinVlans({ route: new Connection(kernel) }, 'v0', vlans);
    return (kernel.received[1] ?? []).map(({ type, payload }) => {
      const bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
      return [type, decode(portVlansAttributes, bytes.subarray(ifinfomsg.bytes)).vlans];
    });
  }

  test('leaves all VLANs, then joins its own, the native one last', () => {
    expect(join(spec)).toEqual([
      [RTM.DELLINK, expect.arrayContaining([expect.objectContaining({ vid: 1 })])],
      [RTM.SETLINK, addPortVlans(PORT, [{ first: 100, last: 102 }, native10]).body.attributes.vlans],
    ]);
  });

  test('stays in the default VLAN where that is asked for', () => {
    expect(join({ ...spec, keepsDefault: true }).map(([type]) => type)).toEqual([RTM.SETLINK]);
  });

  test('with a trunk alone has VLAN 1 as its own', () => {
    expect(vlansOf({ trunk: [], keepsDefault: false })).toEqual([{ first: 1, last: 1, isNative: true }]);
  });

  test.each<[string, VlanSpec, PortVlans[], string[]]>([
    ['all is there', spec, [native10, { first: 100, last: 102 }], []],
    ['a VLAN is lost', spec, [native10, { first: 100, last: 101 }], ['link "v0" is not in VLAN 102']],
    [
      'a VLAN is added',
      spec,
      [{ first: 1, last: 1 }, native10, { first: 100, last: 102 }],
      ['link "v0" is in VLAN 1, too'],
    ],
    [
      'the default VLAN is kept',
      { ...spec, keepsDefault: true },
      [{ first: 1, last: 1 }, native10, { first: 100, last: 102 }],
      [],
    ],
    [
      'the native VLAN is tagged',
      spec,
      [
        { first: 10, last: 10 },
        { first: 100, last: 102 },
      ],
      ['link "v0" has not 10 as its VLAN'],
    ],
  ])('%s', (_, vlans, found, problems) => {
    const { attributes } = addPortVlans(PORT, found).body;
    const kernel = scriptedKernel((request) => [
      answer(request, RTM.NEWLINK, linkBytes(PORT, encode(portVlansAttributes, attributes)), NLM_F.MULTI),
      done(request),
    ]);
    const port: Link = { index: PORT, flags: 1, ifname: 'v0', mtu: 1500, attributes: {} };
    expect(inspectVlans({ route: new Connection(kernel) }, port, vlans)).toEqual(problems);
  });
});

describe('the device that addresses are behind', () => {
  const bridge = {
    name: 'cni0',
    isGateway: true,
    isDefaultGateway: true,
    forceAddress: false,
    isMasqueraded: true,
    isLetThrough: false,
    walls: [],
    isHairpin: false,
    isPromiscuous: false,
    isRoutable: false,
  };
  const request: BridgeRequest = {
    mode: 'bridge',
    key: { network: 'net', container: 'c1', ifname: 'eth0' },
    netns: '/run/netns/c1',
    bridge,
    port: { isIsolated: false, vlans: spec },
    addressing: { from: 'pool', rangeSets: [], requested: [] },
    routes: [],
    ports: [],
  };

  test.each<[string, Partial<BridgeRequest>]>([
    ['cni0.10', {}],
    ['cni0', { port: undefined }],
    ['cni0', { port: { isIsolated: false, vlans: { ...spec, native: undefined } } }],
    ['cni0', { bridge: { ...bridge, isGateway: false } }],
    ['cni0', { addressing: { from: 'nowhere' } }],
  ])('is %s', (name, changes) => {
    expect(deviceOf({ ...request, ...changes })).toBe(name);
  });
});
