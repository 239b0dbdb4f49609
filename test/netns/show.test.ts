// What a person is shown of a host, and what scripts get: listings, `tsnet show`, completion.
import { expect } from 'vitest';
import { test } from './cli-fixture.ts';
import { bridgeConfig } from './fixture.ts';
import { HOST } from './lab.ts';

interface Drawn {
  uplinks: { device: string; isWayOut: boolean }[];
  networks: {
    name: string;
    origin: string;
    way: string;
    endpoints: { sandbox: string; addresses: string[]; ports: { hostPort: number }[] }[];
  }[];
  sandboxes: { id: string; name: string; place: string }[];
}

test('sandboxes, CNI containers and bridges of others, listed and drawn', async ({
  lab,
  cli,
  cni,
  ownLinks,
}) => {
  lab.addOutside();
  lab.shell(
    HOST,
    `ip route add default via 192.0.2.1
     ip link add docker0 type bridge; ip link add vethd type veth peer name vethe
     ip link set vethd master docker0 up; ip link set docker0 up`,
  );
  ownLinks.push('docker0', 'vethd', 'vethe');
  cli.tsnet('network', 'create', '--subnet', '10.9.0.0/24', '--label', 'tier=front', 'app');
  cli.tsnet('network', 'create', '--subnet', '10.10.0.0/24', '--internal', 'lab');
  await cli.start('web', '--network', 'app', '--network', 'lab', '-p', '8080:80', '--', 'sleep', '60');
  await cli.start('debug', '--network', 'container:web', '--', 'sleep', '60');
  cni.add('c1', bridgeConfig());

  // Listings.
  const id = cli.tsnet('inspect', '--format', '{{.Id}}', 'web').trim();
  expect(cli.tsnet('ps', '--quiet', '--filter', 'name=web')).toBe(`${id.slice(0, 12)}\n`);
  expect(cli.tsnet('ps', '--quiet', '--no-trunc', '--filter', 'network=lab', '--filter', 'name=web')).toBe(
    `${id}\n`,
  );
  expect(cli.tsnet('ps', '--format', 'table {{.Names}}\\t{{.Mode}}')).toBe(
    'NAME    NETWORK\ndebug   container:web\nweb     app,lab\n',
  );
  expect(cli.tsnet('ps', '--filter', 'status=exited', '-q')).toBe('');
  const listed = cli.tsnet('ps', '--format', 'json').trim().split('\n');
  expect(listed.map((line) => (JSON.parse(line) as { Names: string }).Names)).toEqual(['debug', 'web']);
  expect(
    cli.tsnet('network', 'ls', '--filter', 'label=tier=front', '--format', '{{.Name}} {{.Labels.tier}}'),
  ).toBe('app front\n');
  expect(cli.tsnet('network', 'ls', '-f', 'type=custom', '-f', 'dangling=true', '-q')).toBe('');
  expect(
    cli.tsnet(
      'network',
      'inspect',
      '--format',
      '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}',
      'app',
    ),
  ).toBe('web 10.9.0.2/24\n');
  expect(cli.json('network', 'inspect', '--format', 'json', 'lab')).toMatchObject([
    { Name: 'lab', Internal: true },
  ]);

  // Drawn.
  const drawn = cli.json('show', '--format', 'json') as Drawn;
  expect(drawn.uplinks).toMatchObject([{ device: 'up0', isWayOut: true }]);
  expect(drawn.networks.map(({ name, origin, way }) => [name, origin, way])).toEqual([
    ['app', 'tsnet', 'masqueraded'],
    ['bridge', 'tsnet', 'masqueraded'],
    ['lab', 'tsnet', 'none'],
    ['net', 'cni', 'masqueraded'],
    ['docker0', 'other', 'unknown'],
  ]);
  expect(drawn.networks[0]?.endpoints).toMatchObject([{ sandbox: id, addresses: ['10.9.0.2'] }]);
  expect(drawn.networks[3]?.endpoints).toMatchObject([{ addresses: ['10.1.0.2', 'fd00:1::2'] }]);
  expect(drawn.sandboxes.map(({ name, place }) => [name, place])).toContainEqual(['debug', 'shared']);
  const text = cli.tsnet('show');
  expect(text).toMatch(
    /╠══ app ═+╤══ 10\.9\.0\.1\/24, br-\w{12}, out as the host\n.* web \+ debug  eth0  10\.9\.0\.2 .*8080 → 80\/tcp\n/,
  );
  expect(text).toMatch(/╚══ docker0 ═+╤══ not tsnet’s\n +└─ vethd\n$/);
  expect(cli.tsnet('show', '--format', 'svg')).toMatch(/^<svg [^]*>web \+ debug<\/text>[^]*<\/svg>\n$/);
  expect(cli.tsnet('show', '--format', 'dot')).toContain(`"network app" -- "sandbox ${id}"`);

  // Counted: what is sent to nobody, and hardly answered.
  const shout = 'while :; do echo 0123456789 > /dev/udp/10.10.0.1/9; done 2> /dev/null';
  await cli.start('shouter', '--network', 'lab', '--', 'bash', '-c', shout);
  const rates = cli.json('top', '--once', '--interval', '0.5', '--format', 'json') as Record<
    string,
    unknown
  >[];
  expect(rates).toHaveLength(4);
  expect(rates[0]).toMatchObject({ sandbox: 'shouter', network: 'lab', ifname: 'eth0' });
  expect(rates[0]?.['txBitsPerSecond']).toBeGreaterThan(rates[0]?.['rxBitsPerSecond'] as number);
  expect(cli.tsnet('top', '--once', '--interval', '0.1')).toMatch(
    /^SANDBOX .*\n(.* eth\d .*bit\/s .*\n){4}$/,
  );
  expect(cli.attempt('top', '--interval', 'x')).toMatchObject({ status: 1, stdout: '' });

  // Completed.
  expect(cli.tsnet('__complete', '--', 'rm', 'w')).toBe('web\tsandbox\n:none\n');
  expect(cli.tsnet('__complete', '--', 'network', 'inspect', 'a')).toBe('app\tnetwork\n:none\n');

  // Refused, in one line, with what was meant.
  for (const [words, message] of [
    [['rm', 'wbe'], 'tsnet: no such sandbox: wbe, did you mean "web"? (tsnet ps)\n'],
    [['network', 'rm', 'labb'], 'tsnet: network labb not found, did you mean "lab"? (tsnet network ls)\n'],
    [['network', 'inspect', 'ap'], 'tsnet: network ap not found, did you mean "app"? (tsnet network ls)\n'],
  ] as const)
    expect(cli.attempt(...words)).toMatchObject({ status: 1, stderr: message });
  const wrong = cli.attempt('ps', '--format', '{{.Nmae}}');
  expect(wrong).toMatchObject({ status: 1, stdout: '' });
  expect(wrong.stderr).toMatch(/^tsnet: --format: no field "\.Nmae", did you mean "\.Name"\? .*\n$/);
  const unknown = cli.attempt('netwrok');
  expect(unknown).toMatchObject({ status: 2, stdout: '' });
  expect(unknown.stderr).toContain('Did you mean network?');
  const logged = cli.attempt('--log-level', 'trace', 'network', 'ls', '-q').stderr.split('\n');
  for (const line of logged.filter((one) => one !== ''))
    expect(() => JSON.parse(line) as unknown).not.toThrow();
});

test('on a host without anything nothing is made by looking', ({ lab, cli }) => {
  expect(cli.tsnet('show')).toMatch(/^nothing leads outside\n/);
  expect(cli.tsnet('__complete', '--', 'rm', '')).toBe(':none\n');
  expect(lab.shell(HOST, `ls -A ${lab.stateDir} ${lab.runDir} 2>/dev/null || true`).trim()).toBe('');
});
