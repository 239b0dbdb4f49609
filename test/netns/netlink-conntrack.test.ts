// Connection tracking against the kernel of this machine.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetConnection, listConnections } from '../../netlink/netfilter/conntrack.ts';
import type { Tracked } from '../../netlink/netfilter/conntrack.ts';
import { TestNamespace, titled, whyNotHere } from './namespace.ts';

const reason = whyNotHere('nft', 'ip', 'bash');
const UDP = 17;

describe.skipIf(reason !== undefined)(titled('conntrack netlink', reason), () => {
  let inside: TestNamespace;
  beforeEach(() => {
    inside = new TestNamespace();
    inside.run('ip', 'link', 'set', 'lo', 'up');
    inside.run('nft', 'add table inet t');
    inside.run('nft', 'add chain inet t c { type filter hook output priority 0; }');
    // The kernel tracks connections from the first rule on that asks for it.
    inside.run('nft', 'add rule inet t c ct state new accept');
    const sends = ['127.0.0.1/5353', '127.0.0.2/5353', '127.0.0.1/5454', '::1/5353'];
    inside.run('bash', '-c', sends.map((to) => `echo x >/dev/udp/${to} || true`).join('\n'));
  });
  afterEach(() => {
    inside[Symbol.dispose]();
  });

  const list = (family: 4 | 6, port?: number): Tracked[] =>
    listConnections(inside.netfilter, family, UDP, port);
  const shown = (flows: readonly Tracked[]): string[] =>
    flows.map(({ destination: { ip, port } }) => `${ip.toString()} ${port}`).sort();

  it('shows the flows to a port, or to all, of one family', () => {
    expect(shown(list(4, 5353))).toEqual(['127.0.0.1 5353', '127.0.0.2 5353']);
    expect(shown(list(4))).toEqual(['127.0.0.1 5353', '127.0.0.1 5454', '127.0.0.2 5353']);
    expect(shown(list(6, 5353))).toEqual(['::1 5353']);
    expect(listConnections(inside.netfilter, 4, 6)).toEqual([]);
  });

  it('forgets one flow and no other, and bears that it is gone', () => {
    const [one] = list(4, 5353).filter(({ destination }) => destination.ip.toString() === '127.0.0.1');
    if (one === undefined) throw new Error('the flow is not there');
    forgetConnection(inside.netfilter, one);
    forgetConnection(inside.netfilter, one);
    expect(shown(list(4))).toEqual(['127.0.0.1 5454', '127.0.0.2 5353']);
    expect(shown(list(6))).toEqual(['::1 5353']);
  });
});
