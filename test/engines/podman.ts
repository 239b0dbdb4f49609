// podman with CNI as its network backend and no plugins but ours.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base } from '../netns/fixture.ts';
import { HOST } from '../netns/lab.ts';
import type { Lab, Outcome } from '../netns/lab.ts';
import { BUSYBOX, makeRoot, preparePlaces, whyNoEngine } from './places.ts';

/** The network of the tests, as a person would write it. podman asks for nothing newer than 0.4.0. */
const NETWORK = {
  cniVersion: '0.4.0',
  name: 'net',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isDefaultGateway: true,
      ipMasq: true,
      capabilities: { portMappings: true, ips: true, mac: true },
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]] },
    },
  ],
};

const SETTINGS = `
[containers]
http_proxy = false
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[network]
network_backend = "cni"
network_config_dir = "/etc/cni/net.d"
cni_plugin_dirs = ["/opt/cni/bin"]
`;

const IMAGE = 'localhost/busybox';

/** What podman is asked to run. */
export interface Container {
  readonly options?: readonly string[];
  readonly command: readonly string[];
}

export class Podman {
  readonly #lab: Lab;
  readonly #env: NodeJS.ProcessEnv;

  constructor(lab: Lab) {
    this.#lab = lab;
    preparePlaces(lab, NETWORK);
    const settings = join(lab.folder, 'containers.conf');
    writeFileSync(settings, SETTINGS);
    this.#env = { CONTAINERS_CONF: settings };
    const archive = join(lab.folder, 'root.tar');
    lab.exec(HOST, ['tar', '-C', makeRoot(lab), '-cf', archive, '.']);
    this.podman('import', '--change', 'ENV PATH=/bin', archive, IMAGE);
  }

  /** Calls podman, whatever comes of it. */
  attempt(...args: readonly string[]): Outcome {
    return this.#lab.attempt(HOST, ['podman', ...args], this.#env);
  }

  /** Calls podman and gives what it printed. Throws when it fails. */
  podman(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.attempt(...args);
    if (status !== 0) throw new Error(`podman ${args.join(' ')}: ${stderr || stdout}`);
    return stdout.trim();
  }

  /** Runs a container to its end and gives what it printed. */
  run({ options = [], command }: Container): string {
    return this.podman('run', '--rm', ...options, IMAGE, ...command);
  }

  /** Starts a container that serves the page "hello" at port 80. */
  serve(name: string, ...options: readonly string[]): void {
    const command = ['httpd', '-f', '-h', '/www'];
    this.podman('run', '--detach', '--name', name, ...options, IMAGE, ...command);
  }

  /** Ends all containers. What podman leaves of cgroups is empty, and goes unless another podman uses it. */
  end(): void {
    this.podman('rm', '--all', '--force', '--time', '0');
    this.#lab.shell(
      HOST,
      'rmdir /sys/fs/cgroup/*/libpod_parent/* /sys/fs/cgroup/*/libpod_parent 2>&1 || true',
    );
  }
}

const obstacle = whyNoEngine('podman', 'runc', 'conmon', 'tar', BUSYBOX);

/** A test that gets a podman of its own; skipped where there is none. */
export const test = base.extend<{ readonly engine: Podman }>({
  engine: async ({ lab, skip }, use) => {
    if (obstacle !== undefined) skip(obstacle);
    const engine = new Podman(lab);
    try {
      await use(engine);
    } finally {
      engine.end();
    }
  },
});
