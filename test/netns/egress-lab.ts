// A host with an uplink to all kinds of places, to see which of them a container gets to.
import { expect } from 'vitest';
import { test as base } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { reach } from './reach.ts';
import type { Service } from './reach.ts';

/** Places behind the uplink, by what they are. All are the namespace `outside`, which the host routes to. */
export const PLACES = {
  public: ['8.8.8.8', '2001:4860:4860::8888'],
  private: ['10.99.0.1', '172.31.0.1', '192.168.99.1', 'fd99::1'],
  metadata: ['169.254.169.254', 'fd00:ec2::254', 'fd20:ce::254', '168.63.129.16'],
  special: ['100.64.0.1', '198.18.0.1', '203.0.113.1', '240.0.0.1', '2001:db8:9::1', '2002:a00:1::1'],
  /** IPv4 behind a translator: the second is 10.99.0.1. */
  translated: ['64:ff9b::808:808', '64:ff9b::a63:1'],
  /** In public subnets that the host is in. */
  neighbours: ['9.9.9.9', '2620:fe::9'],
} as const;

/** Addresses of the host itself. */
const HOST_ADDRESSES = ['10.1.0.1', 'fd00:1::1', OUTSIDE[4].host, '9.9.9.2', '2620:fe::2'] as const;

/** All of them. */
export const EVERYWHERE = [...Object.values(PLACES).flat(), ...HOST_ADDRESSES];

export const PORT = 7000;
export const OTHER_PORT = 7001;

/** Of all these, those that answer datagrams, too, on port 53. */
export const RESOLVERS = [PLACES.public[0], PLACES.public[1], PLACES.private[0], OUTSIDE[4].host] as const;

/** A test on such a host. Every place answers on both ports. */
export const test = base.extend<{ world: undefined }>({
  world: [
    async ({ lab }, use) => {
      await openWorld(lab);
      await use(undefined);
    },
    { auto: true },
  ],
});

async function openWorld(lab: Lab): Promise<void> {
  lab.addOutside();
  const { neighbours, ...far } = PLACES;
  const all = Object.values(far).flat();
  const prefix = (address: string): number => (address.includes(':') ? 128 : 32);
  const gateway = (address: string): string => OUTSIDE[address.includes(':') ? 6 : 4].outside;
  lab.shell(
    OUTSIDE.name,
    [
      ...all.map((ip) => `ip address add ${ip}/${prefix(ip)} dev lo`),
      ...neighbours.map((ip) => `ip address add ${ip}/${ip.includes(':') ? '64 nodad' : '24'} dev eth0`),
    ].join('\n'),
  );
  lab.shell(
    HOST,
    [
      'ip address add 9.9.9.2/24 dev up0; ip -6 address add 2620:fe::2/64 dev up0 nodad',
      ...all.map((ip) => `ip route add ${ip}/${prefix(ip)} via ${gateway(ip)}`),
    ].join('\n'),
  );
  const servers = [PORT, OTHER_PORT].flatMap((port) => [
    lab.serve(OUTSIDE.name, port),
    lab.serve(HOST, port),
  ]);
  // Whoever answers a datagram from a socket for all addresses answers from another one than was asked.
  const resolvers = RESOLVERS.map((address) =>
    lab.serve(address === OUTSIDE[4].host ? HOST : OUTSIDE.name, 53, 'resolver', address),
  );
  await Promise.all([...servers, ...resolvers]);
}

// All at a time: silence has to be waited for.
const ASK = `
port=$1 protocol=$2; shift 2
for address in "$@"; do
  case $address in *:*) host="[$address]";; *) host=$address;; esac
  ( if [ "$protocol" = udp ]; then
      exec 3<>"/dev/udp/$address/$port" && echo hello >&3 && timeout 0.7 head -n 1 <&3 | grep -q .
    else curl -sgf --noproxy '*' -m 0.7 -o /dev/null "http://$host:$port/"; fi && echo "$address" ) &
done 2>/dev/null
wait`;

/** What is called of each address. */
type Called = Pick<Service, 'port' | 'protocol'>;

/** Of all addresses of this world, these and no others answer; who has to is given time to. */
export function expectOnly(lab: Lab, from: string, answering: readonly string[], port = PORT): void {
  expectAmong(lab, from, EVERYWHERE, answering, { port });
}

/** Of the resolvers, these and no others answer. */
export function expectResolvers(lab: Lab, from: string, ...answering: string[]): void {
  expectAmong(lab, from, RESOLVERS, answering, { port: 53, protocol: 'udp' });
}

function expectAmong(
  lab: Lab,
  from: string,
  all: readonly string[],
  answering: readonly string[],
  called: Called,
): void {
  const early = hasty(lab, from, [...new Set([...all, ...answering])], called);
  expect(early.filter((address) => !answering.includes(address))).toEqual([]);
  for (const address of answering.filter((one) => !early.includes(one)))
    expect([address, reach(lab, from, { address, ...called })]).toEqual([
      address,
      expect.stringMatching(/./),
    ]);
}

/** Of these addresses, those that answer at once. */
function hasty(lab: Lab, from: string, addresses: readonly string[], { port, protocol }: Called): string[] {
  const words = [String(port), protocol ?? 'tcp', ...addresses];
  const { stdout } = lab.attempt(from, ['bash', '-c', ASK, 'ask', ...words]);
  const answers = stdout.split('\n');
  return addresses.filter((address) => answers.includes(address));
}
