// A lab: a host of its own, made of a network and a mount namespace, for one test. Other people's tools look at it.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bun } from '../../tools/paths.ts';

/** The lab's host, as a place to run something in; every other place is the name of a namespace in the lab. */
export const HOST = 'host';

/** The namespace behind the host's uplink, with its addresses and those that the host has there. */
export const OUTSIDE = {
  name: 'outside',
  4: { host: '192.0.2.2', outside: '192.0.2.1', prefix: 24 },
  6: { host: '2001:db8::2', outside: '2001:db8::1', prefix: 64 },
} as const;

/** Where namespaces are kept that somebody else has made. */
const ADOPTED = '/run/adopted';

const TOOLS = ['unshare', 'nsenter', 'ip', 'tc', 'nft', 'ping', 'curl', 'bash'];

// The private /run hides the machine's namespaces, /var/lib/cni what host-local gave on it. br_netfilter would send bridged packets through the tables.
const PREPARE = `
mount -t tmpfs tsnet-lab /run && mkdir /run/netns && ip link set lo up || exit 1
if [ -d /var/lib/cni ]; then mount -t tmpfs tsnet-lab /var/lib/cni || exit 1; fi
for call in /proc/sys/net/bridge/bridge-nf-call-*; do
  if [ -e "$call" ]; then echo 0 > "$call" || true; fi
done
echo ready
exec cat`;

/** How a command ended, and what it printed. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Why no lab can be had here; undefined when one can. */
export function whyNoLab(): string | undefined {
  const lost = TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (lost.length > 0) return `these tools are missing: ${lost.join(', ')}`;
  const { status, stderr } = spawnSync('unshare', ['--net', '--mount', 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `no namespaces can be made: ${stderr.trim()}`;
}

export class Lab {
  /** TSNET_RUN_DIR and TSNET_STATE_DIR of what runs in the lab; both below `folder`. */
  readonly runDir: string;
  readonly stateDir: string;
  /** A folder for files of the test. */
  readonly folder: string;
  readonly #holder: ChildProcess;
  readonly #servers: ChildProcess[] = [];
  readonly #namespaces: string[] = [];
  readonly #adopted = new Set<string>();

  private constructor(holder: ChildProcess, folder: string) {
    this.#holder = holder;
    this.folder = folder;
    this.runDir = join(folder, 'run');
    this.stateDir = join(folder, 'state');
  }

  /** Makes a lab: an empty host whose loopback is up. */
  static async start(): Promise<Lab> {
    const argv = ['--net', '--mount', '--propagation', 'private', 'sh', '-c', PREPARE];
    // It ends with its stdin, so that it does not outlive the test even if that is killed.
    const holder = spawn('unshare', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    await firstLine(holder);
    return new Lab(holder, mkdtempSync(join(tmpdir(), 'tsnet-lab-')));
  }

  /** The ids of the processes that the lab itself runs. */
  get processes(): number[] {
    return [this.#holder, ...this.#servers].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** The names of the namespaces in the lab, beside the host. */
  get namespaces(): readonly string[] {
    return this.#namespaces;
  }

  /** The command line that runs `argv` in a place of the lab. */
  inside(where: string, argv: readonly string[]): [string, string[]] {
    const pid = String(this.#holder.pid);
    const net = where === HOST ? '--net' : `--net=/proc/${pid}/root${this.placeOf(where)}`;
    return ['nsenter', ['--target', pid, '--mount', net, '--', ...argv]];
  }

  /** Runs a command in a place of the lab, whatever its outcome. */
  attempt(where: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Outcome {
    const [file, args] = this.inside(where, argv);
    return spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, ...env }, input });
  }

  /** Runs a command in a place of the lab and gives what it printed. Throws when it fails. */
  exec(where: string, argv: readonly string[]): string {
    const { status, stdout, stderr } = this.attempt(where, argv);
    if (status !== 0) throw new Error(`${argv.join(' ')} in ${where}: ${stderr || stdout}`);
    return stdout;
  }

  /** Runs lines of a shell in a place of the lab. */
  shell(where: string, script: string): string {
    return this.exec(where, ['sh', '-ec', script]);
  }

  /** Makes a namespace, if the lab has none of that name, and gives its path as seen inside the lab. */
  container(name: string): string {
    if (!this.#namespaces.includes(name)) {
      this.exec(HOST, ['ip', 'netns', 'add', name]);
      this.#namespaces.push(name);
    }
    return `/run/netns/${name}`;
  }

  /** Gives a namespace that somebody else has made, and that is at `path` inside the lab, a name in the lab. */
  adopt(name: string, path: string): void {
    this.#adopted.add(name);
    const place = this.placeOf(name);
    this.shell(HOST, `mkdir -p ${ADOPTED}; touch ${place}; umount ${place} 2> /dev/null || true`);
    this.exec(HOST, ['mount', '--bind', path, place]);
    if (!this.#namespaces.includes(name)) this.#namespaces.push(name);
  }

  /** Takes a namespace away, as when its container ended without a DEL. */
  endContainer(name: string): void {
    if (this.#adopted.delete(name)) this.exec(HOST, ['umount', `${ADOPTED}/${name}`]);
    else this.exec(HOST, ['ip', 'netns', 'delete', name]);
    this.#namespaces.splice(this.#namespaces.indexOf(name), 1);
  }

  /** Where a namespace is, as seen inside the lab. Of what somebody else has made the name that he gave it is his. */
  placeOf(name: string): string {
    return `${this.#adopted.has(name) ? ADOPTED : '/run/netns'}/${name}`;
  }

  /** Takes a namespace whose name is gone already for gone. */
  forget(name: string): void {
    this.#namespaces.splice(this.#namespaces.indexOf(name), 1);
  }

  /** Gives the host an uplink `up0` to another machine, the namespace `outside`. */
  addOutside(): void {
    const { name, 4: v4, 6: v6 } = OUTSIDE;
    this.container(name);
    // Until a link-local address has been looked for, which takes seconds, nobody behind the link is asked for.
    const noDetection = (link: string): string => `echo 0 > /proc/sys/net/ipv6/conf/${link}/accept_dad`;
    this.shell(
      HOST,
      `ip link add up0 type veth peer name eth0 netns ${name}
       ${noDetection('up0')}
       ip netns exec ${name} sh -c '${noDetection('eth0')}'
       ip address add ${v4.host}/${v4.prefix} dev up0
       ip -6 address add ${v6.host}/${v6.prefix} dev up0 nodad
       ip link set up0 up
       ip -n ${name} link set lo up
       ip -n ${name} address add ${v4.outside}/${v4.prefix} dev eth0
       ip -n ${name} -6 address add ${v6.outside}/${v6.prefix} dev eth0 nodad
       ip -n ${name} link set eth0 up`,
    );
  }

  /** Starts a server on `address`, tcp and udp, that answers "<name> <address of the client>". */
  async serve(where: string, port: number, name = where, address = '::'): Promise<void> {
    const script = join(import.meta.dirname, 'echo-server.ts');
    const [file, args] = this.inside(where, [bun, script, name, address, String(port)]);
    const server = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#servers.push(server);
    await firstLine(server);
  }

  /** Ends all that the lab started; its namespaces go with it. */
  async end(): Promise<void> {
    for (const child of [...this.#servers, this.#holder]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function firstLine(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('the child has no stdout');
  const lines = createInterface({ input: child.stdout });
  const began = await Promise.race([
    once(lines, 'line').then(() => true),
    once(child, 'exit').then(() => false),
  ]);
  if (!began) throw new Error(`${child.spawnargs.join(' ')}: ended at once`);
}
