// The triangle: a host, a neighbour of it on the LAN, containers `c1` and `c2` behind it; and the doors that containers come
// in by. Whatever the door, c1 gets 10.1.0.2 and fd00:1::2, c2 the next ones, on bridge `cni0`.
import { join } from 'node:path';
import { Cli } from '../cli.ts';
import { Cni } from '../cni.ts';
import type { ResultJson } from '../cni.ts';
import { test as base } from '../fixture.ts';
import { HOST, OUTSIDE } from '../lab.ts';
import type { Lab } from '../lab.ts';
import { callReference, removeBridge, whyNoReference } from '../reference.ts';

/** The neighbour on the LAN. */
export const LAN = OUTSIDE.name;

/** The addresses that the tests name. */
export const C1 = { 4: '10.1.0.2', 6: 'fd00:1::2' } as const;
export const C2 = { 4: '10.1.0.3', 6: 'fd00:1::3' } as const;
export const GATEWAY = { 4: '10.1.0.1', 6: 'fd00:1::1' } as const;

const SUBNETS = { 4: '10.1.0.0/24', 6: 'fd00:1::/64' } as const;
const name = 'net';
const cniVersion = '0.4.0';

/** A port as runtimes ask for it. */
export interface Port {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostIP?: string;
}

/** What a container is to get. */
export interface Wish {
  readonly ports?: readonly Port[];
  /** Only IPv4. */
  readonly isIpv4Only?: boolean;
  /** Whoever routes its addresses may call it. */
  readonly hasDirectRouting?: boolean;
}

/** A way to attach containers. */
export interface Door {
  add(container: string, wish?: Wish): Promise<void>;
  del(container: string): Promise<void>;
  /** Deletes all that is still there. */
  delAll(): Promise<void>;
}

function bridgeOf(
  type: string,
  dataDir: string,
  { isIpv4Only = false, hasDirectRouting = false }: Wish,
): object {
  const families = isIpv4Only ? ([4] as const) : ([4, 6] as const);
  const ranges = families.map((family) => [{ subnet: SUBNETS[family] }]);
  return {
    ...{ cniVersion, name, type: 'bridge', bridge: 'cni0', isDefaultGateway: true, ipMasq: true },
    ...(hasDirectRouting ? { directRouting: true } : {}),
    ipam: { type, ranges, ...(type === 'tsnet' ? {} : { dataDir }) },
  };
}

/** A configuration of tsnet's own: one plugin for all. */
class OwnDoor implements Door {
  readonly #cni: Cni;
  readonly #configs = new Map<string, Record<string, unknown>>();

  constructor(cni: Cni) {
    this.#cni = cni;
  }

  add(container: string, wish: Wish = {}): Promise<void> {
    const runtimeConfig = { portMappings: wish.ports ?? [] };
    const config = { ...bridgeOf('tsnet', '', wish), runtimeConfig };
    this.#configs.set(container, config);
    this.#cni.add(container, config);
    return Promise.resolve();
  }

  del(container: string): Promise<void> {
    this.#cni.del(container, this.#configs.get(container) ?? {});
    this.#configs.delete(container);
    return Promise.resolve();
  }

  async delAll(): Promise<void> {
    for (const container of [...this.#configs.keys()]) await this.del(container);
  }
}

/** Calls a plugin and gives what it printed. Throws when it fails. */
type CallPlugin = (verb: string, container: string, config: Record<string, unknown>) => string;

/** A chain of the plugins that runtimes know by name: bridge with host-local, and portmap. */
class ChainDoor implements Door {
  readonly #lab: Lab;
  readonly #call: CallPlugin;
  readonly #chains = new Map<string, Record<string, unknown>[]>();

  constructor(lab: Lab, call: CallPlugin) {
    this.#lab = lab;
    this.#call = call;
  }

  add(container: string, wish: Wish = {}): Promise<void> {
    this.#lab.container(container);
    const bridge = { ...bridgeOf('host-local', join(this.#lab.folder, 'networks'), wish) };
    const prevResult = JSON.parse(this.#call('ADD', container, bridge)) as ResultJson;
    const runtimeConfig = { portMappings: wish.ports ?? [] };
    const portmap = { cniVersion, name, type: 'portmap', snat: true, runtimeConfig, prevResult };
    this.#call('ADD', container, portmap);
    this.#chains.set(container, [portmap, { ...bridge, prevResult }]);
    return Promise.resolve();
  }

  del(container: string): Promise<void> {
    for (const config of this.#chains.get(container) ?? []) this.#call('DEL', container, config);
    this.#chains.delete(container);
    return Promise.resolve();
  }

  async delAll(): Promise<void> {
    for (const container of [...this.#chains.keys()]) await this.del(container);
  }
}

/** `tsnet run`; its sandboxes get a name in the lab. */
class RunDoor implements Door {
  readonly #lab: Lab;
  readonly #cli: Cli;
  readonly #running = new Map<string, () => Promise<void>>();

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#cli = new Cli(lab);
  }

  async add(container: string, wish: Wish = {}): Promise<void> {
    this.#ensureNetwork(wish);
    const ports = (wish.ports ?? []).flatMap(({ hostIP, hostPort, containerPort, protocol }) => [
      '-p',
      `${hostIP === undefined ? '' : `${hostIP}:`}${hostPort}:${containerPort}/${protocol}`,
    ]);
    const running = await this.#cli.start(container, '--network', name, ...ports, '--', 'sleep', 'infinity');
    this.#running.set(container, async () => {
      running.child.kill('SIGTERM');
      await running.ended();
    });
    const [{ Id: id }] = this.#cli.json('inspect', container) as [{ Id: string }];
    this.#lab.adopt(container, join(this.#lab.runDir, 'netns', id.slice(0, 12)));
  }

  async del(container: string): Promise<void> {
    await this.#running.get(container)?.();
    this.#running.delete(container);
  }

  async delAll(): Promise<void> {
    for (const container of [...this.#running.keys()]) await this.del(container);
  }

  #ensureNetwork({ isIpv4Only = false, hasDirectRouting = false }: Wish): void {
    if (this.#cli.tsnet('network', 'ls').includes(` ${name} `)) return;
    const subnets = isIpv4Only ? [SUBNETS[4]] : [SUBNETS[4], SUBNETS[6]];
    this.#cli.tsnet(
      ...['network', 'create', ...subnets.flatMap((subnet) => ['--subnet', subnet])],
      ...['--opt', 'com.docker.network.bridge.name=cni0'],
      ...(hasDirectRouting ? ['--opt', 'tsnet.direct_routing=true'] : []),
      name,
    );
  }
}

/** tsnet's doors. */
export const doors = {
  'a configuration of its own': (lab: Lab): Door => new OwnDoor(new Cni(lab)),
  'a chain of plugins': (lab: Lab): Door => {
    const cni = new Cni(lab);
    return new ChainDoor(lab, (verb, container, config) => {
      const { status, stdout, stderr } = cni.call(verb, container, config);
      if (status !== 0) throw new Error(`${verb}: ${stdout}${stderr}`);
      return stdout;
    });
  },
  'tsnet run': (lab: Lab): Door => new RunDoor(lab),
} as const;

interface Fixtures {
  /** Gives a door, whose containers are deleted after the test. */
  readonly open: (make: (lab: Lab) => Door) => Door;
  /** The reference plugins; the test is skipped where they are missing. */
  readonly reference: Door;
}

/** A test in a triangle. */
export const test = base.extend<Fixtures>({
  open: async ({ lab }, use) => {
    lab.addOutside();
    const opened: Door[] = [];
    await use((make) => {
      const door = make(lab);
      opened.push(door);
      return door;
    });
    for (const door of opened) await door.delAll();
  },
  // `open` makes the LAN.
  reference: async ({ lab, open: _, skip }, use) => {
    const reason = whyNoReference();
    if (reason !== undefined) skip(reason);
    if (lab.attempt(HOST, ['iptables', '-S']).status !== 0) skip('iptables does not work here');
    const door = new ChainDoor(lab, (verb, container, config) => {
      try {
        return callReference(lab, verb, container, config);
      } catch (error) {
        // 1.1.1 fails where the container has got more addresses meanwhile, and more often than that (docs/upgrade.md).
        if (verb === 'DEL') return '';
        throw error;
      }
    });
    await use(door);
    await door.delAll();
    for (const container of lab.namespaces.filter((where) => where !== LAN)) lab.endContainer(container);
    removeBridge(lab);
  },
});
