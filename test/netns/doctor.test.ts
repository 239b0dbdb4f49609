// `tsnet doctor`: silent where all is well, and each thing that is damaged by hand is found, with how to mend it.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { test } from './cli-fixture.ts';
import { bridgeConfig } from './fixture.ts';
import type { Cli } from './cli.ts';
import { HOST } from './lab.ts';

interface Found {
  severity: string;
  code: string;
  where: string;
  what: string;
  mend: string;
}

interface Shown {
  networks: { device?: string }[];
}

/** What is found, but for what this kernel lacks. */
function examine(cli: Cli): { status: number | null; found: Found[] } {
  const { status, stdout } = cli.attempt('doctor', '--format', 'json');
  const found = (JSON.parse(stdout) as Found[]).filter(({ code }) => code !== 'kernel-lacks');
  return { status, found };
}

test('what is damaged is found and mended as it says', async ({ lab, cli, cni, ownLinks }) => {
  lab.addOutside();
  lab.shell(HOST, 'ip route add default via 192.0.2.1');
  expect(examine(cli)).toEqual({ status: 0, found: [] });
  expect(lab.shell(HOST, `ls -A ${lab.stateDir} ${lab.runDir} 2>/dev/null || true`).trim()).toBe('');
  cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', 'app');
  await cli.start('web', '--network', 'app', '-p', '8080:80', '--', 'sleep', '60');
  // Where the host does not forward IPv6, yet, the ports of a bridge would take advice, if they got any.
  expect(examine(cli)).toEqual({ status: 0, found: [] });
  cni.add('c1', bridgeConfig());
  expect(examine(cli)).toEqual({ status: 0, found: [] });
  expect(cli.tsnet('doctor')).toMatch(/nothing is wrong\n$/);

  const stray = `${lab.runDir}/netns/nobody`;
  lab.shell(
    HOST,
    `echo 0 > /proc/sys/net/ipv4/ip_forward
     ip route add 10.9.0.0/25 dev up0
     ip link add stray0 type veth peer name stray1; ip link set stray0 alias tsnet:app/nobody/eth0
     nft add table ip filter
     nft 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
     nft add table inet mine
     nft 'add chain inet mine guard { type filter hook forward priority 10; policy drop; }'
     nft flush chain inet tsnet postrouting
     touch ${stray}`,
  );
  ownLinks.push('stray0', 'stray1');
  const { status, found } = examine(cli);
  expect(status).toBe(1);
  const codes = found.map(({ code, where }) => `${code}: ${where}`);
  expect(codes).toEqual(
    expect.arrayContaining([
      'not-forwarding: net.ipv4.ip_forward',
      'firewall-refuses: filters of others',
      'firewall-refuses: chain FORWARD of table ip filter',
      'firewall-refuses: chain guard of table inet mine',
      'subnets-overlap: network app',
      'link-stray: link stray0',
      `namespace-stray: ${stray}`,
    ]),
  );
  expect(codes.some((code) => code.startsWith('tables-damaged: table inet tsnet'))).toBe(true);
  const text = cli.attempt('doctor');
  expect(text).toMatchObject({ status: 1, stderr: '' });
  expect(text.stdout).toMatch(/\n\d+ things are wrong\n$/);

  // What it says mends.
  const mends = (code: string): string => found.find((one) => one.code === code)?.mend ?? 'false';
  lab.shell(HOST, `${mends('link-stray')}; umount ${stray} 2> /dev/null || true; rm ${stray}`);
  lab.shell(
    HOST,
    `${mends('not-forwarding').split(',')[0]}; nft delete table ip filter; nft delete table inet mine`,
  );
  lab.exec(HOST, ['ip', 'route', 'del', '10.9.0.0/25']);
  expect(cli.attempt('doctor', '--mend', '--filter', 'severity=problem')).toMatchObject({
    status: 0,
    stdout: 'nothing is wrong\n',
    stderr: expect.stringContaining('tsnet: mended table inet tsnet') as string,
  });
  expect(examine(cli)).toEqual({ status: 0, found: [] });

  // Links, and rules of others that are in the way of what is sent.
  const [{ device = '' } = {}] = (cli.json('show', '--format', 'json') as Shown).networks;
  lab.shell(
    HOST,
    `ip address flush dev ${device}
     ip netns exec web ip link set eth0 down
     nft add table inet mine
     nft 'add chain inet mine guard { type filter hook forward priority 10; }'
     nft add rule inet mine guard ip saddr 10.9.0.0/24 drop`,
  );
  const links = examine(cli).found;
  expect(links.map(({ code, where }) => `${code}: ${where}`)).toEqual([
    'firewall-refuses: rule with handle 2 in chain guard of table inet mine',
    `link-damaged: bridge ${device}`,
    'link-damaged: sandbox web',
  ]);
  lab.shell(HOST, links[0]?.mend.replace('let it pass there: ', '') ?? 'false');
  lab.shell(
    HOST,
    'ip netns exec web ip link set eth0 up; ip netns exec web ip route add default via 10.9.0.1',
  );
  cli.tsnet('doctor', '--mend');
  expect(examine(cli)).toEqual({ status: 0, found: [] });

  // A container that ends without DEL.
  lab.endContainer('c1');
  let gone: string[] = [];
  for (let tries = 0; tries < 100 && gone.length === 0; tries++) {
    if (tries > 0) await sleep(100);
    gone = examine(cli).found.flatMap(({ code, where }) => (code === 'endpoint-gone' ? [where] : []));
  }
  expect(gone).toEqual(['endpoint net/c1/eth0']);
});
