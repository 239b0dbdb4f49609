// What a kubelet asks of containerd by its CRI plugin, which calls our plugins for it.
import { readFileSync } from 'node:fs';
import { test as base } from '../netns/fixture.ts';
import { HOST } from '../netns/lab.ts';
import type { Lab } from '../netns/lab.ts';
import { containerdNet } from './conflists.ts';
import { CONTAINERD, Containerd } from './containerd.ts';
import {
  imageRequest,
  imageStatus,
  namespaceModes,
  nothing,
  protocols,
  runRequest,
  runtimeStatus,
  sandboxId,
  sandboxList,
  sandboxStatusRequest,
  sandboxStatusResponse,
} from './cri-messages.ts';
import { GrpcClient } from './grpc.ts';
import { packImage } from './image.ts';
import { BUSYBOX, whyNoEngine } from './places.ts';
import type { Kind, Read } from './protobuf.ts';

const IMAGE = 'localhost/pause:1';

// No out-of-memory score is lowered, which needs CAP_SYS_RESOURCE, and no filesystem is laid over another.
const SETTINGS = `
[plugins."io.containerd.grpc.v1.cri"]
disable_apparmor = true
restrict_oom_score_adj = true
sandbox_image = "${IMAGE}"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
`;

/** A port of a pod on the host, as a container's `hostPort`. */
export interface HostPort {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly hostIp?: string;
}

/** A pod. All its processes are that of the sandbox, which serves the page "hello" at port 80. */
export interface Pod {
  readonly name: string;
  /** How often it was there before; its name may be there again with another number only. */
  readonly attempt?: number;
  readonly ports?: readonly HostPort[];
  readonly hostNetwork?: boolean;
}

/** Where a running sandbox is, as containerd tells those who ask for more. */
export interface Whereabouts {
  readonly pid: number;
  /** The name of its namespace below /run/netns of the lab. */
  readonly namespace: string;
}

interface Info {
  readonly pid: number;
  readonly runtimeSpec: {
    readonly linux: { readonly namespaces: readonly { readonly type: string; readonly path?: string }[] };
  };
}

export class Kubelet {
  readonly #engine: Containerd;
  #client: GrpcClient;

  private constructor(engine: Containerd) {
    this.#engine = engine;
    this.#client = new GrpcClient(engine.socket);
  }

  /** Starts a containerd that has the image of sandboxes. */
  static async start(lab: Lab): Promise<Kubelet> {
    const setup = { namespace: 'k8s.io', network: containerdNet, settings: SETTINGS };
    const engine = await Containerd.start(lab, setup);
    const kubelet = new Kubelet(engine);
    try {
      const image = { name: IMAGE, root: engine.root, command: ['httpd', '-f', '-h', '/www'] };
      engine.ctr('images', 'import', '--snapshotter', 'native', packImage(image, lab.folder));
      await engine.until(() => kubelet.#hasImage(), 'the image of sandboxes is not known to CRI');
      return kubelet;
    } catch (error) {
      await kubelet.end();
      throw error;
    }
  }

  /** RunPodSandbox: gives the id of the sandbox, which answers from now on. */
  async run({ name, attempt = 0, ports = [], hostNetwork = false }: Pod): Promise<string> {
    const network = hostNetwork ? namespaceModes.node : namespaceModes.pod;
    const portMappings = ports.map((port) => ({ protocol: protocols.tcp, ...port }));
    const config = {
      metadata: { name, uid: `uid-of-${name}`, namespace: 'default', attempt },
      // The host's own stays with the host's network.
      hostname: hostNetwork ? '' : name,
      portMappings,
      linux: { securityContext: { namespaceOptions: { network } } },
    };
    const { id } = await this.#call('RunPodSandbox', runRequest, { config }, sandboxId);
    const { pid } = await this.whereabouts(id);
    await this.#engine.until(() => isListening(pid), `pod ${name} does not listen`);
    return id;
  }

  /** StopPodSandbox, which deletes the network. */
  async stop(id: string): Promise<void> {
    await this.#call('StopPodSandbox', sandboxId, { id }, nothing);
  }

  /** RemovePodSandbox. */
  async remove(id: string): Promise<void> {
    await this.#call('RemovePodSandbox', sandboxId, { id }, nothing);
  }

  /** PodSandboxStatus. */
  async status(id: string): Promise<Read<typeof sandboxStatusResponse>['status']> {
    return (await this.#verboseStatus(id)).status;
  }

  /** The addresses of a pod, the first one first. */
  async addressesOf(id: string): Promise<string[]> {
    const { network } = await this.status(id);
    return [network.ip, ...network.additionalIps.map(({ ip }) => ip)].filter((ip) => ip !== '');
  }

  /** Where a sandbox is that runs in a namespace of its own. */
  async whereabouts(id: string): Promise<Whereabouts> {
    const { info } = await this.#verboseStatus(id);
    const told = info.find(({ key }) => key === 'info')?.value ?? '{}';
    const { pid, runtimeSpec } = JSON.parse(told) as Info;
    const path = runtimeSpec.linux.namespaces.find(({ type }) => type === 'network')?.path ?? '';
    return { pid, namespace: path.slice(path.lastIndexOf('/') + 1) };
  }

  /** ListPodSandbox: the ids of all that are not removed. */
  async sandboxes(): Promise<string[]> {
    const { items } = await this.#call('ListPodSandbox', nothing, {}, sandboxList);
    return items.map(({ id }) => id);
  }

  /** Status: what a node is ready for. */
  async conditions(): Promise<Record<string, boolean>> {
    const { status } = await this.#call('Status', nothing, {}, runtimeStatus);
    return Object.fromEntries(status.conditions.map(({ type, isTrue }) => [type, isTrue]));
  }

  /** Kills containerd and starts it again; sandboxes run on. */
  async restart(): Promise<void> {
    this.#client.close();
    await this.#engine.restart();
    this.#client = new GrpcClient(this.#engine.socket);
  }

  /** Stops and removes all sandboxes, then ends the daemon. */
  async end(): Promise<void> {
    try {
      for (const id of await this.sandboxes()) {
        await this.stop(id);
        await this.remove(id);
      }
    } finally {
      this.#client.close();
      await this.#engine.end();
    }
  }

  async #hasImage(): Promise<boolean> {
    const request = { image: { image: IMAGE } };
    const path = '/runtime.v1.ImageService/ImageStatus';
    const { image } = await this.#client.call(
      { path, request: imageRequest, response: imageStatus },
      request,
    );
    return image.id !== '';
  }

  #verboseStatus(id: string): Promise<Read<typeof sandboxStatusResponse>> {
    const request = { id, verbose: true };
    return this.#call('PodSandboxStatus', sandboxStatusRequest, request, sandboxStatusResponse);
  }

  #call<Request, Response>(
    name: string,
    request: Kind<Request, unknown>,
    value: Request,
    response: Kind<never, Response>,
  ): Promise<Response> {
    return this.#client.call({ path: `/runtime.v1.RuntimeService/${name}`, request, response }, value);
  }
}

// As /proc/net/tcp6 tells a socket: "<n>: <address>:<port> <peer> <state> ...", in which 0050 is port 80 and 0A LISTEN.
function isListening(pid: number): boolean {
  return /:0050 \S+ 0A /.test(readFileSync(`/proc/${pid}/net/tcp6`, 'utf8'));
}

/** Kills the process of a sandbox and takes its namespace away, as when a node has lost it. */
export function lose(lab: Lab, { pid, namespace }: Whereabouts): void {
  process.kill(pid, 'SIGKILL');
  lab.exec(HOST, ['ip', 'netns', 'delete', namespace]);
}

const obstacle = whyNoEngine(...CONTAINERD, BUSYBOX, 'tar');

/** A test that gets a node with a containerd of its own; skipped where there is none. */
export const test = base.extend<{ readonly kubelet: Kubelet }>({
  kubelet: async ({ lab, skip }, use) => {
    if (obstacle !== undefined) skip(obstacle);
    const kubelet = await Kubelet.start(lab);
    try {
      await use(kubelet);
    } finally {
      await kubelet.end();
    }
  },
});
