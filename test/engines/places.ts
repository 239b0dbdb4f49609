// What a container engine finds in a lab: our plugins, and private places where it would use the machine's.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cniFolder } from '../../tools/paths.ts';
import { HOST } from '../netns/lab.ts';
import type { Lab } from '../netns/lab.ts';

// Where engines, libcni and podman's locks keep what they know. /run is the lab's own.
const PLACES = '/var/lib/cni /var/lib/containers /var/lib/containerd /opt/cni /etc/cni /dev/shm';

/** What has to be installed for a root filesystem to be made; Debian's busybox-static. */
export const BUSYBOX = 'busybox';

/** Why an engine cannot be tested here; undefined when it can. */
export function whyNoEngine(...commands: string[]): string | undefined {
  const lost = commands.filter((command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0);
  if (lost.length > 0) return `not installed: ${lost.join(', ')}`;
  return canWriteCgroups() ? undefined : 'runc needs the control groups, which only root may write';
}

// Version 2 has one hierarchy, version 1 a folder for each controller. Root of a user namespace has neither.
function canWriteCgroups(): boolean {
  const root = '/sys/fs/cgroup';
  const folders = readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory());
  try {
    for (const folder of [root, ...folders.map(({ name }) => join(root, name))])
      accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Gives the lab private places for engines. /opt/cni/bin is our plugins, /etc/cni/net.d has `list` as its only
 * network. An engine hands its environment on to some calls of a plugin only, so the store is where it is by default;
 * the lab sees it at its own place.
 */
export function preparePlaces(lab: Lab, list: object): void {
  lab.shell(
    HOST,
    `for place in ${PLACES}; do mkdir -p "$place"; mount -t tmpfs tsnet-lab "$place"; done
     mkdir -p -m 700 "${lab.runDir}" /run/tsnet
     mount --bind "${lab.runDir}" /run/tsnet
     ln -s "${cniFolder}" /opt/cni/bin
     mkdir /etc/cni/net.d
     printf '%s' '${JSON.stringify(list)}' > /etc/cni/net.d/10-net.conflist`,
  );
}

/** The command by which a container calls a web server. (A time limit of busybox's own makes its wget crash.) */
export function get(url: string): string[] {
  return ['timeout', '5', 'wget', '-qO-', url];
}

/** Makes a root filesystem of busybox, with a page at /www that says "hello", and gives its folder. */
export function makeRoot(lab: Lab): string {
  const root = join(lab.folder, 'root');
  for (const folder of ['bin', 'etc', 'proc', 'sys', 'dev', 'tmp', 'www'])
    mkdirSync(join(root, folder), { recursive: true });
  const busybox = execFileSync('sh', ['-c', `command -v ${BUSYBOX}`], { encoding: 'utf8' }).trim();
  copyFileSync(busybox, join(root, 'bin', BUSYBOX));
  for (const applet of ['httpd', 'ip', 'sh', 'timeout', 'true', 'wget'])
    symlinkSync(BUSYBOX, join(root, 'bin', applet));
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  writeFileSync(join(root, 'www', 'index.html'), 'hello\n');
  return root;
}
