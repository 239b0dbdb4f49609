// Links deleted without waiting for the end of the kernel's work.
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isKernelError } from '../../netlink/kernel-error.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { findLink, listLinks, newLink, setLink } from '../../netlink/route/link.ts';
import { leaveLink, LinkRemover, removeLink } from '../../netlink/route/link-remover.ts';
import { TestNamespace, titled, whyNotHere } from './namespace.ts';

const reason = whyNotHere('ip');

describe.skipIf(reason !== undefined)(titled('removing links', reason), () => {
  let here: TestNamespace;
  let there: TestNamespace;
  let remover: LinkRemover;
  beforeEach(() => {
    here = new TestNamespace();
    there = new TestNamespace();
    remover = new LinkRemover(here.route, () => openConnection(here.fd, NETLINK.ROUTE));
  });
  afterEach(() => {
    remover.close();
    here[Symbol.dispose]();
    there[Symbol.dispose]();
  });

  function addPair(name: string, peerName: string): void {
    const peer = { ifname: peerName, namespace: there.fd };
    here.route.pipeline([
      newLink(name, { info: { kind: 'veth', data: { peer } } }),
      setLink({ ifname: name }, {}, { UP: true }),
    ]);
    there.route.request(setLink({ ifname: peerName }, {}, { UP: true }));
  }

  it('neither end of a pair is there when it returns, and both names can be taken again', () => {
    for (let round = 0; round < 30; round++) {
      addPair('v0', 'eth0');
      remover.remove({ ifname: 'v0' });
      expect(findLink(there.route, { ifname: 'eth0' })).toBeUndefined();
      expect(findLink(here.route, { ifname: 'v0' })).toBeUndefined();
    }
    expect(there.run('ip', '-br', 'link')).not.toContain('eth0');
  });

  it('takes a hundred, one right after the other', () => {
    const all = Array.from({ length: 100 }, (_, at) => at);
    for (const at of all) addPair(`v${at}`, `w${at}`);
    for (const at of all) remover.remove({ ifname: `v${at}` });
    const left = [here, there].flatMap(({ route }) => listLinks(route).map(({ ifname }) => ifname));
    expect(left).toEqual(['lo', 'lo']);
  });

  it('a link that is not there is no error, and one made by its name later is not meant', () => {
    remover.remove({ ifname: 'v0' });
    addPair('v0', 'eth0');
    expect(findLink(here.route, { ifname: 'v0' })).toBeDefined();
    remover.remove({ ifname: 'v0' });
    addPair('v0', 'eth0');
    remover.close();
    expect(findLink(here.route, { ifname: 'v0' })).toBeDefined();
  });

  it('tells the refusal of the kernel', () => {
    const refused = (): unknown => {
      try {
        remover.remove({ ifname: 'lo' });
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(isKernelError(refused(), 'EOPNOTSUPP')).toBe(true);
    addPair('v0', 'eth0');
    remover.remove({ ifname: 'v0' });
    expect(findLink(there.route, { ifname: 'eth0' })).toBeUndefined();
  });

  it('deletes one of a namespace that it does not keep open', async () => {
    const count = (): number => readdirSync('/proc/self/fd').length;
    const before = count();
    const open = () => openConnection(there.fd, NETLINK.ROUTE);
    for (let round = 0; round < 10; round++) {
      addPair('v0', 'eth0');
      removeLink(there.route, open, { ifname: 'eth0' });
      expect(findLink(there.route, { ifname: 'eth0' })).toBeUndefined();
      expect(findLink(here.route, { ifname: 'v0' })).toBeUndefined();
    }
    removeLink(there.route, open, { ifname: 'eth0' });
    expect(() => removeLink(there.route, open, { ifname: 'lo' })).toThrow(
      'RTM_DELLINK link 1: not supported',
    );
    await expect.poll(count, { timeout: 20_000 }).toBeLessThanOrEqual(before);
  });

  it('by a child: neither end is there when it returns, nor is a bridge', () => {
    const open = () => openConnection(here.fd, NETLINK.ROUTE);
    for (let round = 0; round < 5; round++) {
      addPair('v0', 'eth0');
      here.route.request(newLink('br0', { info: { kind: 'bridge' } }));
      leaveLink(here.route, open, { ifname: 'v0' }, undefined);
      expect(findLink(there.route, { ifname: 'eth0' })).toBeUndefined();
      leaveLink(here.route, open, { ifname: 'br0' }, here.route);
      expect(here.run('cat', '/proc/net/dev')).not.toContain('br0');
      expect(listLinks(here.route).map(({ ifname }) => ifname)).toEqual(['lo']);
    }
    leaveLink(here.route, open, { ifname: 'v0' }, undefined);
    const refused = 'RTM_DELLINK link 1: not supported';
    expect(() => leaveLink(here.route, open, { ifname: 'lo' }, undefined)).toThrow(refused);
  });

  it('leaves no connection open', async () => {
    const count = (): number => readdirSync('/proc/self/fd').length;
    const before = count();
    for (let at = 0; at < 10; at++) addPair(`v${at}`, `w${at}`);
    for (let at = 0; at < 10; at++) remover.remove({ ifname: `v${at}` });
    remover.close();
    // The threads that asked end with their answers.
    await expect.poll(count, { timeout: 20_000 }).toBeLessThanOrEqual(before);
  });
});
