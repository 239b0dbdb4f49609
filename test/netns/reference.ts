// The reference plugins, called as a runtime calls a chain of them, and what they leave in the packet filter.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bridgeConfig } from './fixture.ts';
import { HOST } from './lab.ts';
import type { Lab } from './lab.ts';
import type { Cni, ResultJson } from './cni.ts';

const FOLDER = '/usr/lib/cni';

/** Why the reference cannot be called here; undefined when it can. */
export function whyNoReference(): string | undefined {
  const isThere = ['bridge', 'portmap', 'firewall', 'host-local'].every((name) =>
    existsSync(join(FOLDER, name)),
  );
  return isThere ? undefined : 'containernetworking-plugins is not installed';
}

/** What a chain is made of. */
export interface Chain {
  readonly bridge: Record<string, unknown>;
  readonly portmap: Record<string, unknown>;
  readonly firewall: Record<string, unknown>;
}

/** The chain that most runtimes install: bridge with ipMasq, portmap, firewall. */
export function chainFor(lab: Lab, name: string, hostPort = 8080): Chain {
  const common = { cniVersion: '0.4.0', name };
  const ranges = [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]];
  const portMappings = [
    { hostPort, containerPort: 80, protocol: 'tcp' },
    { hostPort, containerPort: 80, protocol: 'udp' },
  ];
  return {
    bridge: bridgeConfig({
      ...common,
      ipam: { type: 'host-local', ranges, dataDir: join(lab.folder, 'networks') },
    }),
    portmap: { ...common, type: 'portmap', snat: true, runtimeConfig: { portMappings } },
    firewall: { ...common, type: 'firewall', backend: 'iptables' },
  };
}

/** Calls a plugin of the reference; throws when it fails. */
export function callReference(
  lab: Lab,
  verb: string,
  container: string,
  config: Record<string, unknown>,
): string {
  const env = {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: container,
    CNI_NETNS: `/run/netns/${container}`,
    CNI_IFNAME: 'eth0',
    CNI_PATH: FOLDER,
  };
  const argv = [join(FOLDER, String(config['type']))];
  const { status, stdout, stderr } = lab.attempt(HOST, argv, env, JSON.stringify(config));
  if (status !== 0) throw new Error(`${verb} of ${argv.join()}: ${stdout}${stderr}`);
  return stdout;
}

/** ADD of the whole chain by the reference; gives what it tells. */
export function addByReference(lab: Lab, container: string, chain: Chain): ResultJson {
  lab.container(container);
  const prevResult = JSON.parse(callReference(lab, 'ADD', container, chain.bridge)) as ResultJson;
  for (const plugin of [chain.portmap, chain.firewall])
    callReference(lab, 'ADD', container, { ...plugin, prevResult });
  return prevResult;
}

/** ADD of the chain's plugins that tsnet has, by them; gives what they tell. */
export function addByOurs(cni: Cni, container: string, { bridge, portmap }: Chain): ResultJson {
  const prevResult = cni.add(container, bridge);
  cni.add(container, { ...portmap, prevResult });
  return prevResult;
}

/** DEL of the whole chain by the reference, the last plugin first. */
export function deleteByReference(lab: Lab, container: string, chain: Chain, prevResult: ResultJson): void {
  for (const plugin of [chain.firewall, chain.portmap, chain.bridge])
    callReference(lab, 'DEL', container, { ...plugin, prevResult });
}

/** DEL of the chain's plugins that tsnet has, by them. */
export function deleteByOurs(
  cni: Cni,
  container: string,
  { portmap, bridge }: Chain,
  prevResult?: ResultJson,
): void {
  for (const config of [portmap, bridge]) cni.del(container, { ...config, prevResult });
}

/** The packet filter as text, without counters, handles and tsnet's own table, one line for each rule. */
export function foreignRules(lab: Lab): string[] {
  const tables = lab
    .exec(HOST, ['nft', 'list', 'tables'])
    .split('\n')
    .filter((line) => line !== '');
  const foreign = tables.filter((line) => line !== 'table inet tsnet');
  return foreign.flatMap((table) =>
    lab
      .exec(HOST, ['nft', '-s', 'list', ...table.split(' ')])
      .split('\n')
      .map((line) => `${table}: ${line.trim()}`),
  );
}

/** Takes away what the reference never does: its bridge, with the bridge's settings, if it is there. */
export function removeBridge(lab: Lab): void {
  lab.attempt(HOST, ['ip', 'link', 'delete', 'cni0']);
}
