// A chain of bridge and firewall as a runtime calls it, and what iptables says meanwhile.
import { expect } from 'vitest';
import type { Cni } from './cni.ts';
import { bridgeConfig, test as base } from './fixture.ts';
import { HOST, OUTSIDE } from './lab.ts';
import type { Lab } from './lab.ts';
import { reach } from './reach.ts';

export const plugin = { plugin: 'firewall' };
const web = { hostPort: 8080, containerPort: 80, protocol: 'tcp' };

export type Keys = Readonly<Record<string, unknown>>;

/** The configuration of the plugin as a runtime passes it on. */
export function firewallConfig(prevResult: unknown, keys: Keys = {}): Record<string, unknown> {
  return { cniVersion: '1.1.0', name: 'net', type: 'firewall', prevResult, ...keys };
}

/** Bridge and firewall as a chain, and both ways back. */
export class Chain {
  readonly #cni: Cni;
  readonly #added: [string, Keys, Keys][] = [];

  constructor(cni: Cni) {
    this.#cni = cni;
  }

  add(container: string, keys: Keys = {}, bridge: Keys = bridgeConfig()): Record<string, unknown> {
    const prevResult = this.#cni.add(container, bridge);
    const config = firewallConfig(prevResult, { name: bridge['name'], ...keys });
    const outcome = this.#cni.call('ADD', container, config, plugin);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toEqual(prevResult);
    this.#added.push([container, bridge, config]);
    return config;
  }

  delAll(netns?: string): void {
    for (const [container, bridge, config] of this.#added.splice(0).reverse()) {
      const options = netns === undefined ? {} : { netns };
      for (let times = 0; times < 2; times++)
        expect(this.#cni.call('DEL', container, config, { ...plugin, ...options })).toMatchObject({
          status: 0,
          stdout: '',
          stderr: '',
        });
      this.#cni.del(container, bridge, options);
    }
  }
}

/** A test on a host with an uplink where iptables is nf_tables; its chain is taken away afterwards. */
export const test = base.extend<{ chain: Chain }>({
  chain: [
    async ({ lab, cni, skip }, use) => {
      if (lab.attempt(HOST, ['iptables', '-S']).status !== 0) skip('iptables-nft does not work here');
      lab.addOutside();
      const chain = new Chain(cni);
      await use(chain);
      chain.delAll();
    },
    { auto: true },
  ],
});

/** Both tools. */
export const tools = ['iptables', 'ip6tables'] as const;

/** The rules of both families, without what changes by itself: dates and counters. */
export function saved(lab: Lab): string[] {
  return tools.flatMap((tool) =>
    lab
      .exec(HOST, [`${tool}-save`])
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/\[\d+:\d+\]$/, '')),
  );
}

/** The rules of a chain, or all, as `iptables -S` lists them. */
export function listed(lab: Lab, tool: (typeof tools)[number], ...chain: string[]): string[] {
  return lab
    .exec(HOST, [tool, '-S', ...chain])
    .trim()
    .split('\n');
}

/** Runs commands of iptables and of ip6tables. */
export function both(lab: Lab, ...lines: string[]): void {
  for (const tool of tools) lab.shell(HOST, lines.map((line) => `${tool} ${line}`).join('\n'));
}

/** The accept rules for cni0 in a chain, as `iptables -S` lists them. */
export const ours = (chain: string): string[] => [
  `-A ${chain} -i cni0 -m comment --comment "tsnet: from cni0" -j ACCEPT`,
  `-A ${chain} -o cni0 -m conntrack --ctstate RELATED,ESTABLISHED,DNAT -m comment --comment "tsnet: answers and published ports to cni0" -j ACCEPT`,
];

export const published = bridgeConfig({ runtimeConfig: { portMappings: [web] } });

/** A server outside, one in c1 behind the published port. */
export async function serveBoth(lab: Lab): Promise<void> {
  await lab.serve(OUTSIDE.name, 7000);
  await lab.serve('c1', 80);
}

/** The container gets out, and its published port is reached from outside. */
export function expectPassage(lab: Lab): void {
  for (const family of [4, 6] as const) {
    const { host, outside } = OUTSIDE[family];
    expect(reach(lab, 'c1', { address: outside, port: 7000 })).toBe(`outside ${host}`);
    expect(reach(lab, OUTSIDE.name, { address: host, port: 8080 })).toBe(`c1 ${outside}`);
  }
}
