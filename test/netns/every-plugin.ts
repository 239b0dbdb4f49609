// One call after the other of every plugin and of the command line, as a node makes them in its life: what a limit that they
// run under must let through.
import { executable } from '../../tools/paths.ts';
import { Cli } from './cli.ts';
import type { Cni, ResultJson } from './cni.ts';
import { bridgeConfig } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab, Outcome } from './lab.ts';

/** How each call ended: 0, or what its error says. */
export type Journal = Readonly<Record<string, string | number>>;

interface Attachment {
  readonly config: Readonly<Record<string, unknown>>;
  readonly ifname?: string;
  readonly netns?: string;
  /** Added behind this one, from whose result it starts. */
  readonly behind?: string;
}

const range = (subnet: string): object => ({ type: 'host-local', ranges: [[{ subnet }]] });
const published = { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] };
const rates = { ingressRate: 8_000_000, ingressBurst: 800_000, egressRate: 8_000_000, egressBurst: 800_000 };
const settings = { sysctl: { 'net.ipv4.conf.IFNAME.forwarding': '1' }, mac: '02:11:22:33:44:55', mtu: 1400 };
const host = '/proc/thread-self/ns/net';

/** In the order in which they are added. */
const attachments: Readonly<Record<string, Attachment>> = {
  loopback: { config: {}, ifname: 'lo' },
  bridge: { config: { ...bridgeConfig(), macspoofchk: true, enabledad: true } },
  portmap: { config: { snat: true, runtimeConfig: published }, behind: 'bridge' },
  firewall: { config: {}, behind: 'bridge' },
  bandwidth: { config: rates, behind: 'bridge' },
  tuning: { config: settings, behind: 'bridge' },
  sbr: { config: {}, behind: 'bridge' },
  vrf: { config: { vrfname: 'red' }, behind: 'bridge' },
  ptp: { config: { ipMasq: true, ipam: range('10.2.0.0/24') }, ifname: 'ptp0' },
  macvlan: { config: { master: 'up0', ipam: range('10.3.0.0/24') }, ifname: 'mac0' },
  ipvlan: { config: { master: 'up1', ipam: range('10.4.0.0/24') }, ifname: 'ip0' },
  vlan: { config: { master: 'up0', vlanId: 5, ipam: range('10.5.0.0/24') }, ifname: 'vlan0' },
  dummy: { config: { ipam: range('10.6.0.0/24') }, ifname: 'dummy0' },
  tap: { config: { owner: 1000, group: 1000, ipam: range('10.7.0.0/24') }, ifname: 'tap0' },
  'host-device': { config: { device: 'dev0' }, ifname: 'dev1' },
  'host-local': { config: { ipam: range('10.8.0.0/24') }, ifname: 'any0' },
  static: { config: { ipam: { type: 'static', addresses: [{ address: '10.9.0.1/24' }] } }, ifname: 'any1' },
  none: { config: {}, ifname: 'lo0' },
  container: { config: { container: 'c1' }, ifname: 'eth9' },
  host: { config: {}, netns: host, ifname: 'host0' },
};

/** The names of all plugins that are called. */
export const everyPlugin = Object.keys(attachments);

const commandLine: readonly (readonly string[])[] = [
  ['version'],
  ['network', 'create', 'own', '--subnet', '10.20.0.0/24'],
  ['network', 'ls'],
  ['network', 'inspect', 'own'],
  ['run', '--network', 'own', '-p', '8081:80', '--', 'true'],
  ['run', '--network', 'none', '--', 'true'],
  ['run', '--network', 'host', '--', 'true'],
  ['ps'],
  ['network', 'rm', 'own'],
];

function ending({ status, stdout, stderr }: Outcome): string | number {
  if (status === 0) return 0;
  try {
    return (JSON.parse(stdout) as { msg: string }).msg;
  } catch {
    return `exit ${String(status)}: ${stderr.trim()}`;
  }
}

/** Gives the lab what the calls need: an uplink, a second one, and a device to move. */
export function prepareHost(lab: Lab): void {
  lab.addOutside();
  lab.shell(HOST, 'ip link add up1 type veth peer name up2; ip link add dev0 type veth peer name dev1');
}

/** The links that `prepareHost` makes. */
export const preparedLinks = ['up1', 'up2', 'dev0', 'dev1'];

/** Makes all calls by way of `wrapper`, and tells of each how it ended. Nothing of it stays. */
export function callEveryPlugin(lab: Lab, cni: Cni, wrapper: readonly string[]): Journal {
  const journal: Record<string, string | number> = {};
  const results = new Map<string, ResultJson>();
  lab.container('c1');
  const call = (verb: string, name: string, more: object = {}): string => {
    const { config, ifname = 'eth0', netns, behind = '' } = attachments[name] as Attachment;
    const prevResult = results.get(verb === 'ADD' ? behind : name) ?? results.get(behind);
    const whole = { cniVersion: '1.1.0', name: `net-${name}`, ...config, type: name, prevResult, ...more };
    const outcome = cni.call(verb, 'c1', whole, {
      ifname,
      wrapper,
      ...(netns === undefined ? {} : { netns }),
    });
    journal[`${name} ${verb}`] = ending(outcome);
    return outcome.status === 0 ? outcome.stdout : '';
  };
  for (const name of everyPlugin) {
    call('STATUS', name);
    const printed = call('ADD', name);
    if (printed !== '') results.set(name, JSON.parse(printed) as ResultJson);
    call('CHECK', name);
  }
  for (const name of [...everyPlugin].reverse()) {
    call('DEL', name);
    call('GC', name, { 'cni.dev/valid-attachments': [] });
    call('VERSION', name);
  }
  const { env } = new Cli(lab);
  for (const words of commandLine) {
    const outcome = lab.attempt(HOST, [...wrapper, executable, ...words], env);
    journal[`tsnet ${words.join(' ')}`] = ending(outcome);
  }
  return journal;
}
