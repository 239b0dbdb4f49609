// Links, addresses, routes and neighbours against the kernel of this machine, told by iproute2.
import { readlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cidr, InterfaceAddress, Ip, Mac } from '../../address/index.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { deleteAddress, listAddresses, newAddress } from '../../netlink/route/address.ts';
import { setBridgePort } from '../../netlink/route/bridge-port.ts';
import { IFF, RT_TABLE } from '../../netlink/route/constants.ts';
import { deleteLink, findLink, listLinks, newLink, setLink } from '../../netlink/route/link.ts';
import { deleteNeighbour, listNeighbours, newNeighbour } from '../../netlink/route/neighbour.ts';
import { deleteRoute, listRoutes, newRoute } from '../../netlink/route/route.ts';
import { TestNamespace, titled, whyNotHere } from './namespace.ts';

const reason = whyNotHere('ip');
const ownNamespace = (): string => readlinkSync('/proc/thread-self/ns/net');

describe.skipIf(reason !== undefined)(titled('route netlink', reason), () => {
  const home = ownNamespace();
  let inside: TestNamespace;
  beforeEach(() => {
    inside = new TestNamespace();
  });
  afterEach(() => {
    inside[Symbol.dispose]();
    expect(ownNamespace()).toBe(home);
  });

  function ip(...argv: string[]): Record<string, unknown>[] {
    return JSON.parse(inside.run('ip', '-j', '-d', ...argv)) as Record<string, unknown>[];
  }
  function indexOf(ifname: string): number {
    const link = findLink(inside.route, { ifname });
    if (link === undefined) throw new Error(`no link "${ifname}"`);
    return link.index;
  }
  function addBridge(): number {
    const data = { forwardDelay: 200, stpState: 0, multicastSnooping: 0 };
    inside.route.pipeline([
      newLink('br0', { info: { kind: 'bridge', data } }),
      setLink({ ifname: 'br0' }, { mtu: 1400, alias: 'network a' }, { UP: true }),
    ]);
    return indexOf('br0');
  }
  function refusal(request: AnyRequest): unknown {
    try {
      inside.route.request(request);
    } catch (error) {
      return error;
    }
    return undefined;
  }

  describe('links', () => {
    it('a bridge of ours is what ip shows', () => {
      addBridge();
      const [bridge] = ip('link', 'show', 'br0');
      expect(bridge).toMatchObject({ ifname: 'br0', mtu: 1400, ifalias: 'network a' });
      expect(bridge?.['flags']).toContain('UP');
      expect(bridge?.['linkinfo']).toMatchObject({
        info_kind: 'bridge',
        info_data: { forward_delay: 200, stp_state: 0, mcast_snooping: 0 },
      });
    });

    it('a veth of ours has its peer in the other namespace, its end here in the bridge', () => {
      const master = addBridge();
      using other = new TestNamespace();
      const address = Mac.parse('02:42:0a:01:00:02');
      const peer = { ifname: 'eth0', address, mtu: 1400, namespace: other.fd };
      inside.route.request(newLink('v0', { master, mtu: 1400, info: { kind: 'veth', data: { peer } } }));
      expect(ip('link', 'show', 'v0')[0]).toMatchObject({
        master: 'br0',
        mtu: 1400,
        linkinfo: { info_kind: 'veth' },
      });
      expect(findLink(inside.route, { ifname: 'eth0' })).toBeUndefined();
      expect(findLink(other.route, { ifname: 'eth0' })).toMatchObject({ mtu: 1400, attributes: { address } });
      inside.route.request(setBridgePort('v0', { isHairpin: true }));
      expect(ip('link', 'show', 'v0')[0]?.['linkinfo']).toMatchObject({ info_slave_data: { hairpin: true } });
      inside.route.request(deleteLink({ ifname: 'v0' }));
      expect(listLinks(other.route).map(({ ifname }) => ifname)).not.toContain('eth0');
    });

    it('links of ip are what we read', () => {
      inside.run('ip', 'link', 'add', 'br1', 'type', 'bridge', 'forward_delay', '300', 'mcast_snooping', '0');
      inside.run('ip', 'link', 'set', 'br1', 'mtu', '1300');
      inside.run('ip', 'link', 'add', 'v1', 'master', 'br1', 'type', 'veth', 'peer', 'name', 'v2');
      inside.run('ip', 'link', 'set', 'v1', 'alias', 'some text', 'up');
      const bridge = findLink(inside.route, { ifname: 'br1' });
      expect(bridge).toMatchObject({
        mtu: 1300,
        attributes: { info: { kind: 'bridge', data: { forwardDelay: 300, multicastSnooping: 0 } } },
      });
      const [shown] = ip('link', 'show', 'v1');
      const link = listLinks(inside.route).find(({ ifname }) => ifname === 'v1');
      expect(link).toMatchObject({
        index: shown?.['ifindex'],
        attributes: { alias: 'some text', master: bridge?.index, info: { kind: 'veth' } },
      });
      expect(link?.attributes.address?.toString()).toBe(shown?.['address']);
      expect((link?.flags ?? 0) & IFF.UP).toBe(IFF.UP);
      expect(listLinks(inside.route).map(({ ifname }) => ifname)).toEqual(
        expect.arrayContaining(['lo', 'br1', 'v1', 'v2']),
      );
    });

    it('a refusal names the field at fault', () => {
      const error = refusal(newLink('sixteen-letters!', { info: { kind: 'bridge' } }));
      expect(isKernelError(error, 'ERANGE')).toBe(true);
      expect(error).toMatchObject({ attribute: 'link.ifname', operation: 'RTM_NEWLINK' });
      expect(refusal(newLink('lo', { info: { kind: 'bridge' } }))).toMatchObject({ errno: 'EEXIST' });
      expect(refusal(deleteLink({ ifname: 'none' }))).toMatchObject({ errno: 'ENODEV' });
      expect(refusal(newLink('x', { info: { kind: 'other:nonsense' } }))).toMatchObject({
        errno: 'EOPNOTSUPP',
      });
    });
  });

  describe('addresses', () => {
    it.each(['10.1.0.1/24', '10.1.0.1/31', 'fd00::1/64'])('%s of ours is what ip shows', (text) => {
      const address = InterfaceAddress.parse(text);
      const index = addBridge();
      inside.route.request(newAddress(index, address));
      const [local, prefixlen] = [address.ip.toString(), address.prefix];
      const own = (): unknown[] =>
        (ip('addr', 'show', 'dev', 'br0')[0]?.['addr_info'] as { local: string }[]).filter(
          (one) => one.local === local,
        );
      expect(own()).toEqual([expect.objectContaining({ prefixlen, scope: 'global' })]);
      expect(own()).not.toEqual([expect.objectContaining({ tentative: true })]);
      inside.route.request(deleteAddress(index, address));
      expect(own()).toEqual([]);
    });

    it('addresses of ip are what we read', () => {
      const index = addBridge();
      inside.run('ip', 'addr', 'add', '10.2.0.1/16', 'dev', 'br0');
      inside.run('ip', 'addr', 'add', 'fd00::5/64', 'dev', 'br0', 'nodad');
      const found = listAddresses(inside.route).filter((one) => one.index === index);
      const texts = found.map(({ address }) => address.toString());
      expect(texts).toEqual(expect.arrayContaining(['10.2.0.1/16', 'fd00::5/64']));
    });
  });

  describe('routes', () => {
    it('routes of ours are what ip shows', () => {
      const oif = addBridge();
      inside.route.pipeline([
        newAddress(oif, InterfaceAddress.parse('10.1.0.1/24')),
        newAddress(oif, InterfaceAddress.parse('fd00::1/64')),
        newRoute({
          dst: Cidr.parse('0.0.0.0/0'),
          oif,
          gateway: Ip.parse('10.1.0.2'),
          mtu: 1300,
          priority: 5,
        }),
        newRoute({ dst: Cidr.parse('::/0'), oif, gateway: Ip.parse('fd00::2') }),
        newRoute({ dst: Cidr.parse('10.9.0.0/16'), oif, source: Ip.parse('10.1.0.1'), table: 1000 }),
      ]);
      expect(ip('route', 'show', 'default')[0]).toMatchObject({
        gateway: '10.1.0.2',
        dev: 'br0',
        metric: 5,
        metrics: [{ mtu: 1300 }],
      });
      expect(ip('-6', 'route', 'show', 'default')[0]).toMatchObject({ gateway: 'fd00::2', dev: 'br0' });
      expect(ip('route', 'show', 'table', '1000')[0]).toMatchObject({
        dst: '10.9.0.0/16',
        prefsrc: '10.1.0.1',
        scope: 'link',
      });
      inside.route.request(deleteRoute({ dst: Cidr.parse('0.0.0.0/0'), oif, gateway: Ip.parse('10.1.0.2') }));
      expect(ip('route', 'show', 'default')).toEqual([]);
    });

    it('routes of ip are what we read', () => {
      const oif = addBridge();
      inside.run('ip', 'addr', 'add', '10.1.0.1/24', 'dev', 'br0');
      inside.run('ip', 'route', 'add', '10.7.0.0/16', 'via', '10.1.0.3');
      inside.run('ip', '-6', 'route', 'add', 'fd07::/48', 'dev', 'br0', 'table', '70000');
      const routes = listRoutes(inside.route).map(({ dst, gateway, ...rest }) => ({
        ...rest,
        dst: dst.toString(),
        gateway: gateway?.toString(),
      }));
      expect(routes).toContainEqual(
        expect.objectContaining({ dst: '10.7.0.0/16', gateway: '10.1.0.3', oif, table: RT_TABLE.MAIN }),
      );
      expect(routes).toContainEqual(expect.objectContaining({ dst: 'fd07::/48', oif, table: 70000 }));
    });

    it('a refusal comes in the words of the kernel', () => {
      const oif = addBridge();
      const error = refusal(newRoute({ dst: Cidr.parse('10.7.0.0/16'), oif, gateway: Ip.parse('10.8.0.1') }));
      expect(error).toMatchObject({
        errno: 'ENETUNREACH',
        message: 'RTM_NEWROUTE route 10.7.0.0/16 via 10.8.0.1: Nexthop has invalid gateway (ENETUNREACH)',
      });
    });
  });

  describe('neighbours', () => {
    it.each(['10.1.0.9', 'fd00::9'])(
      '%s of ours is what ip shows, and what ip adds is what we read',
      (text) => {
        const index = addBridge();
        const dst = Ip.parse(text);
        const address = Mac.parse('02:42:0a:01:00:09');
        inside.route.request(newNeighbour(index, dst, address));
        expect(ip('neigh', 'show', 'dev', 'br0')).toContainEqual(
          expect.objectContaining({ dst: text, lladdr: address.toString(), state: ['PERMANENT'] }),
        );
        inside.route.request(deleteNeighbour(index, dst));
        expect(listNeighbours(inside.route).some((one) => one.dst.equals(dst))).toBe(false);
        inside.run(
          'ip',
          'neigh',
          'replace',
          text,
          'lladdr',
          '02:00:00:00:00:01',
          'dev',
          'br0',
          'nud',
          'permanent',
        );
        expect(listNeighbours(inside.route)).toContainEqual(
          expect.objectContaining({ index, dst, address: Mac.parse('02:00:00:00:00:01') }),
        );
      },
    );
  });
});
