// Debian's firewalld in a lab, with a bus of its own, without systemd.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST } from '../lab.ts';
import type { Lab } from '../lab.ts';

const TOOLS = ['dbus-daemon', 'firewalld', 'firewall-cmd'];

const BUS = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>
`;

/** Why firewalld cannot run here; undefined when it can. */
export function whyNoFirewalld(): string | undefined {
  const lost = TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  return lost.length === 0 ? undefined : `not installed: ${lost.join(', ')}`;
}

/** A firewalld whose default zone trusts everybody: only what it does to tables of others is of interest. */
export class Firewalld {
  readonly #lab: Lab;
  #processes: string[] = [];

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  static async start(lab: Lab, backend: string): Promise<Firewalld> {
    const firewalld = new Firewalld(lab);
    const config = join(lab.folder, `firewalld-${backend}`);
    mkdirSync(config);
    writeFileSync(join(config, 'firewalld.conf'), `DefaultZone=trusted\nFirewallBackend=${backend}\n`);
    writeFileSync(join(config, 'bus.conf'), BUS);
    firewalld.#background('bus', `exec dbus-daemon --config-file=${config}/bus.conf --nofork --nopidfile`);
    firewalld.#background(
      'firewalld',
      `while [ ! -e /run/dbus/system_bus_socket ]; do sleep 0.05; done
       exec firewalld --nofork --nopid --system-config ${config} --log-file ${config}/log`,
    );
    for (let tries = 0; tries < 200; tries++) {
      if (lab.attempt(HOST, ['firewall-cmd', '--state']).status === 0) return firewalld;
      await sleep(100);
    }
    throw new Error('firewalld does not run');
  }

  reload(): void {
    this.#lab.exec(HOST, ['firewall-cmd', '--reload']);
  }

  stop(): void {
    for (const pid of this.#processes.reverse())
      this.#lab.shell(HOST, `kill ${pid}; while kill -0 ${pid} 2> /dev/null; do sleep 0.05; done`);
    this.#lab.shell(HOST, 'rm -rf /run/dbus');
  }

  #background(name: string, script: string): void {
    const log = join(this.#lab.folder, `${name}.log`);
    const start = `mkdir -p /run/dbus; sh -c '${script}' > ${log} 2>&1 < /dev/null & echo $!`;
    this.#processes.push(this.#lab.shell(HOST, start).trim());
  }
}
