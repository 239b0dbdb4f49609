// podman's netavark: setup and teardown of one container with one port, as podman calls it. It gets its address from
// podman, so it has none to find.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { visitRows } from './rounds.ts';
import type { Row } from './rounds.ts';
import { BRIDGE, tsnetSide } from './side.ts';
import type { Container, Side } from './side.ts';
import type { Stage } from './stage.ts';

const PLACES = ['/usr/lib/podman/netavark', '/usr/libexec/podman/netavark'];
const ROUNDS = 15;

/** Where it is, if it is installed. */
export function findNetavark(): string | undefined {
  return PLACES.find((file) => existsSync(file));
}

/** Beside what it takes; the column of the reference is netavark's. */
export const netavarkCase: Case<Row> = {
  name: 'netavark',
  missing: () => (findNetavark() === undefined ? 'netavark' : undefined),
  measure: netavarkRows,
};

/** The options of one container, netavark(1); `at` is its number. */
function optionsOf({ id, ports }: Container, at: number): object {
  const address = `10.88.${at >> 8}.${at & 255}`;
  return {
    container_id: id,
    container_name: id,
    port_mappings: ports.map((port) => ({
      host_ip: '',
      container_port: 80,
      host_port: port,
      range: 1,
      protocol: 'tcp',
    })),
    networks: { bench: { static_ips: [address], interface_name: 'eth0' } },
    network_info: {
      bench: {
        name: 'bench',
        id: '0'.repeat(64),
        driver: 'bridge',
        network_interface: BRIDGE,
        subnets: [{ subnet: '10.88.0.0/16', gateway: '10.88.0.1' }],
        ipv6_enabled: false,
        internal: false,
        dns_enabled: false,
        ipam_options: { driver: 'host-local' },
      },
    },
  };
}

function netavarkSide(file: string, folder: string): Side {
  const numbers = new Map<string, number>();
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const common = ['--config', join(folder, 'config'), '--rootless=false', '--aardvark-binary=/none'];
  const call = (verb: string, container: Container) => {
    // The first addresses are the network's and the gateway's.
    const at = numbers.get(container.id) ?? numbers.size + 2;
    numbers.set(container.id, at);
    const config = JSON.stringify(optionsOf(container, at));
    return [{ file, args: [...common, verb, container.netns], env, config }];
  };
  return {
    name: 'reference',
    start: () => ({ file, args: ['version'], env, config: '{}' }),
    add: (container) => call('setup', container),
    del: (container) => call('teardown', container),
  };
}

function netavarkRows(stage: Stage): Row[] {
  const file = findNetavark() ?? '';
  return stage.play(
    (name, plugins, folder) =>
      name === 'reference' ? netavarkSide(file, folder) : tsnetSide(name, plugins, folder),
    (arenas) =>
      visitRows(arenas, { rounds: stage.rounds(ROUNDS), suffix: ' (reference: netavark)', isTraced: true }),
    ['daemon', 'tsnet', 'reference'],
  );
}
