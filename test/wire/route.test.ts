// What iproute2 sends, read by us and written again, and held against what we would send for the same.
import { describe, expect, it } from 'vitest';
import { Cidr, InterfaceAddress, Ip, Mac } from '../../address/index.ts';
import { bytesOf, encode } from '../../netlink/codec.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { NLM_F } from '../../netlink/message.ts';
import { newAddress } from '../../netlink/route/address.ts';
import { addPortVlans, ALL_VLANS, deletePortVlans } from '../../netlink/route/bridge-port.ts';
import {
  IFA_F,
  IPVLAN_MODE,
  MACVLAN_MODE,
  RT_SCOPE,
  RT_TABLE,
  RTM,
  RTN,
} from '../../netlink/route/constants.ts';
import { newRedirect } from '../../netlink/route/filter.ts';
import { changeLink, newLink, setLink } from '../../netlink/route/link.ts';
import { newNeighbour } from '../../netlink/route/neighbour.ts';
import { newIngress, newTokenBucket } from '../../netlink/route/qdisc.ts';
import { appendRoute, newRoute } from '../../netlink/route/route.ts';
import { newRule } from '../../netlink/route/rule.ts';
import { attributeTree, readBody, readCapture } from './capture.ts';

const INDEX = 2;
const bridge = newLink('br0', {
  info: { kind: 'bridge', data: { forwardDelay: 0, stpState: 0, multicastSnooping: 0 } },
});
const filtering = newLink('br1', { info: { kind: 'bridge', data: { vlanFiltering: 1 } } });
const learning = changeLink({ index: 2 }, { kind: 'bridge', data: { options: { values: 1, mask: 1 } } });
const PORT = 4;
const vlanNative = addPortVlans(PORT, [{ first: 10, last: 10, isNative: true }]);
const vlanRange = addPortVlans(PORT, [{ first: 100, last: 200 }]);
const vlanDelete = deletePortVlans(PORT, ALL_VLANS);
const veth = newLink('v0', {
  mtu: 1400,
  info: {
    kind: 'veth',
    data: { peer: { ifname: 'eth0', mtu: 1400, address: Mac.parse('02:42:0a:01:00:02') } },
  },
});
const ifb = newLink('ifb0x', { info: { kind: 'ifb' } });
const MASTER = 3;
const dummy = newLink('m0', { info: { kind: 'dummy' } });
const macvlan = newLink('mv0', {
  mtu: 1400,
  parent: MASTER,
  info: { kind: 'macvlan', data: { mode: MACVLAN_MODE.PRIVATE, broadcastQueueLength: 100 } },
});
const ipvlan = newLink('iv0', {
  parent: MASTER,
  info: { kind: 'ipvlan', data: { mode: IPVLAN_MODE.L3, flags: 0 } },
});
const vlan = newLink('vl0', { parent: MASTER, info: { kind: 'vlan', data: { id: 5 } } });
const vrf = newLink('red', { info: { kind: 'vrf', data: { table: 1000 } } });
const address4 = newAddress(INDEX, InterfaceAddress.parse('10.1.0.1/24'));
const address6 = newAddress(INDEX, InterfaceAddress.parse('fd00::1/64'));
const route4 = newRoute({ dst: Cidr.parse('0.0.0.0/0'), oif: INDEX, gateway: Ip.parse('10.1.0.2') });
const route6 = newRoute({ dst: Cidr.parse('::/0'), oif: INDEX, gateway: Ip.parse('fd00::2') });
const offLink = newAddress(3, InterfaceAddress.parse('10.1.0.2/24'), { hasSubnetRoute: false });
const appended = appendRoute({
  dst: Cidr.parse('::1/128'),
  oif: 3,
  table: RT_TABLE.LOCAL,
  type: RTN.LOCAL,
  scope: RT_SCOPE.UNIVERSE,
});
const move = setLink({ index: 3 }, { ifname: 'eth0', namespace: 4 });
const neighbour = newNeighbour(INDEX, Ip.parse('10.1.0.9'), Mac.parse('02:42:0a:01:00:09'));
const LINK = 3;
const HANDLE = 0x74730000;
const ingress = newIngress(LINK);
const redirect = newRedirect({ index: LINK, priority: 29811 }, 4);
const bucket = newTokenBucket(LINK, HANDLE, { rate: 1_000_000, burst: 100_000, limit: 125_000 });
const rule4 = newRule({ source: Ip.parse('10.1.0.2'), table: 1000 });
const rule6 = newRule({ source: Ip.parse('fd00::2'), table: 1000 });
const passage = { iif: 'br0', table: 1000, priority: 90, protocol: 116 };
const passage4 = newRule({ ...passage, destination: Cidr.parse('10.2.0.0/24') });
const passage6 = newRule({ ...passage, destination: Cidr.parse('fd02::/64') });
const unreachable = newRoute({
  dst: Cidr.parse('10.2.0.0/24'),
  oif: undefined,
  type: RTN.UNREACHABLE,
  table: 1000,
  priority: 0xff002000,
  protocol: 116,
});

function rewritten(name: string, request: AnyRequest): DataView {
  return new DataView(encode(request.format.attributes, readBody(name, request).attributes).buffer);
}

describe('what iproute2 sends', () => {
  it.each([
    ['link-bridge', bridge],
    ['link-bridge-vlan', filtering],
    ['link-bridge-learning', learning],
    ['link-veth', veth],
    ['link-ifb', ifb],
    ['qdisc-ingress', ingress],
    ['filter-redirect', redirect],
    ['link-dummy', dummy],
    ['link-macvlan', macvlan],
    ['link-ipvlan', ipvlan],
    ['link-vlan', vlan],
    ['link-vrf', vrf],
    ['address-v4', address4],
    ['address-v6', address6],
    ['address-off-link', offLink],
    ['route-v4', route4],
    ['route-v6', route6],
    ['route-append', appended],
    ['route-unreachable', unreachable],
    ['neighbour', neighbour],
    ['vlan-native', vlanNative],
    ['vlan-range', vlanRange],
    ['vlan-delete', vlanDelete],
    ['policy-rule-v4', rule4],
    ['policy-rule-v6', rule6],
    ['policy-rule-passage-v4', passage4],
    ['policy-rule-passage-v6', passage6],
  ])('%s: has our type and is fully known to us', (name, request) => {
    expect(readCapture(name).type).toBe(request.type);
    expect(JSON.stringify(readBody(name, request))).not.toContain('unknown');
  });

  it.each([
    ['neighbour', neighbour],
    ['policy-rule-v4', rule4],
    ['policy-rule-v6', rule6],
    ['policy-rule-passage-v4', passage4],
    ['policy-rule-passage-v6', passage6],
  ])('%s: is written again byte for byte, being in our order', (name, request) => {
    expect(bytesOf(rewritten(name, request))).toEqual(bytesOf(readBody(name, request).behind));
  });

  // iproute2 puts the local address before the other, and the gateway before the interface.
  it.each([
    ['address-v4', address4],
    ['address-v6', address6],
    ['address-off-link', offLink],
    ['route-v4', route4],
    ['route-v6', route6],
    ['route-append', appended],
    ['route-unreachable', unreachable],
    ['link-move', move],
  ])('%s: is written again in our order', (name, request) => {
    expect(attributeTree(rewritten(name, request))).toEqual(attributeTree(readBody(name, request).behind));
  });

  // iproute2 marks no nest and ends the kind without a NUL, so the bytes differ and the values are compared.
  it.each([
    ['link-bridge', bridge],
    ['link-bridge-vlan', filtering],
    ['link-bridge-learning', learning],
    ['link-veth', veth],
    ['link-ifb', ifb],
    ['qdisc-ingress', ingress],
    ['filter-redirect', redirect],
    ['link-dummy', dummy],
    ['link-macvlan', macvlan],
    ['link-ipvlan', ipvlan],
    ['link-vlan', vlan],
    ['vlan-native', vlanNative],
    ['vlan-range', vlanRange],
    ['vlan-delete', vlanDelete],
    ['link-vrf', vrf],
  ])('%s: is what we send, marked as nested', (name, request) => {
    const { header, attributes } = readBody(name, request);
    expect(header).toEqual(request.body.header);
    expect(attributes).toEqual(request.body.attributes);
    expect(request.format.attributes.read(rewritten(name, request))).toEqual(attributes);
  });
});

describe('what we send for the same', () => {
  it('is an IPv4 address, a neighbour and a rule as iproute2 sends them', () => {
    for (const [name, request] of [
      ['address-v4', address4],
      ['neighbour', neighbour],
      ['policy-rule-v4', rule4],
      ['policy-rule-v6', rule6],
      ['policy-rule-passage-v4', passage4],
      ['policy-rule-passage-v6', passage6],
    ] as const) {
      const { header, attributes } = readBody(name, request);
      expect(request.body).toEqual({ header, attributes });
    }
  });

  it('is an IPv6 address whose flags are in an attribute, where the header has 8 bits of them', () => {
    const { header, attributes } = readBody('address-v6', address6);
    expect(header).toEqual({ ...address6.body.header, flags: IFA_F.NODAD });
    expect({ ...attributes, flags: IFA_F.NODAD }).toEqual(address6.body.attributes);
  });

  it('is a default route whose table is in an attribute, where the header has 8 bits of it', () => {
    const { header, attributes } = readBody('route-v4', route4);
    expect(header).toEqual({ ...route4.body.header, table: RT_TABLE.MAIN });
    expect({ ...attributes, table: RT_TABLE.MAIN }).toEqual(route4.body.attributes);
  });

  it('is an address whose subnet is not on the link, with the broadcast address that iproute2 leaves out', () => {
    const { header, attributes } = readBody('address-off-link', offLink);
    expect(offLink.body).toEqual({
      header,
      attributes: { ...attributes, broadcast: Ip.parse('10.1.0.255') },
    });
  });

  it('is a route beside others, whose table is in an attribute, too', () => {
    const { header, attributes } = readBody('route-append', appended);
    expect(readCapture('route-append').flags & ~(NLM_F.REQUEST | NLM_F.ACK)).toBe(appended.flags);
    expect(header).toEqual({ ...appended.body.header, table: RT_TABLE.LOCAL });
    expect({ ...attributes, table: RT_TABLE.LOCAL }).toEqual(appended.body.attributes);
  });

  it('is a link that moves and gets a name in one request, RTM_SETLINK where iproute2 has RTM_NEWLINK', () => {
    const { header, attributes } = readBody('link-move', move);
    expect([readCapture('link-move').type, move.type]).toEqual([RTM.NEWLINK, RTM.SETLINK]);
    expect(move.body).toEqual({ header, attributes });
  });

  it('is an IPv6 default route without the destination ::, which iproute2 names', () => {
    const { header, attributes } = readBody('route-v6', route6);
    expect(header).toEqual({ ...route6.body.header, table: RT_TABLE.MAIN });
    expect({ ...attributes, table: RT_TABLE.MAIN }).toEqual({
      ...route6.body.attributes,
      dst: Ip.parse('::'),
    });
  });

  it('is a token bucket without the rate table, which the kernel makes by itself', () => {
    const { header, attributes } = readBody('qdisc-tbf', bucket);
    expect(header).toEqual(bucket.body.header);
    const data = bucket.body.attributes.data as { parameters: { rate: object } };
    const table = { type: 2, payload: expect.objectContaining({ length: 1024 }) as Uint8Array };
    const rate = { ...data.parameters.rate, cellLog: 3, cellAlign: 0xffff };
    expect(attributes).toEqual({
      kind: 'tbf',
      data: { ...data, parameters: { ...data.parameters, rate }, unknown: [table] },
    });
  });
});
