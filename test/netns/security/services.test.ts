// A published port is for what is sent to this host: traffic of others to the same number, and what somebody else has led
// elsewhere, stays theirs. (That servers on other machines are reached is looked at in every door's `expectService`.)
import { expect, vi } from 'vitest';
import { HOST, OUTSIDE } from '../lab.ts';
import { reach } from '../reach.ts';
import { C1 as FIRST, doors, LAN, test } from './triangle.ts';

// Who gets no answer waits for it, and on a busy machine all the rest takes longer.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

for (const [name, make] of Object.entries(doors)) {
  for (const moment of ['before', 'after']) {
    test(`${name}: a service that somebody has led elsewhere ${moment} the ADD stays there`, async ({
      lab,
      open,
      skip,
    }) => {
      if (lab.attempt(HOST, ['iptables', '-S']).status !== 0) skip('iptables-nft does not work here');
      const door = open(make);
      await door.add('c2');
      await lab.serve('c2', 90);
      // As kube-proxy has it for a Service with this address of the node as its external one (CVE-2019-9946).
      const service = [
        ...['-d', OUTSIDE[4].host, '-p', 'tcp', '--dport', '8080'],
        ...['-j', 'DNAT', '--to-destination', `${FIRST[4]}:90`],
      ];
      const lead = () => {
        for (const chain of ['PREROUTING', 'OUTPUT'])
          lab.exec(HOST, ['iptables', '-t', 'nat', '-A', chain, ...service]);
      };
      if (moment === 'before') lead();
      const adding = door.add('c1', { ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] });
      if (moment === 'before' && name === 'tsnet run') {
        // A person is refused, who can choose another port (test/netns/sandbox.test.ts).
        await expect(adding).rejects.toThrow('no such sandbox: c1');
        expect(reach(lab, LAN, { address: OUTSIDE[4].host, port: 8080 })).toMatch(/^c2 /);
        return;
      }
      await adding;
      await lab.serve('c1', 80);
      const answer = () =>
        [LAN, HOST].map((from) => reach(lab, from, { address: OUTSIDE[4].host, port: 8080 })?.split(' ')[0]);
      if (moment === 'after') {
        expect(answer()).toEqual(['c1', 'c1']);
        lead();
      }
      expect(answer()).toEqual(['c2', 'c2']);
      // The other family's service is nobody's but the port's.
      expect(reach(lab, LAN, { address: OUTSIDE[6].host, port: 8080 })).toMatch(/^c1 /);
    });
  }
}
