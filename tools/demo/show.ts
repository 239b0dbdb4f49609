// The demo itself, run inside namespaces of its own.
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import {
  explain,
  get,
  getOnHost,
  HOST_ADDRESS,
  makeOutside,
  serve,
  tsnet,
  tsnetInBackground,
} from './stage.ts';
import { leftovers } from './leftovers.ts';
import { writeSysctlIfPresent } from '../../netns/sysctl.ts';
import { HERE } from '../../native/index.ts';

async function started(port: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  throw new Error(`nothing answers on port ${port}`);
}

async function ended(child: ChildProcess): Promise<void> {
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await end;
}

const getFromOutside = makeOutside();
// Where br_netfilter is loaded, ports published on ::1 need it to let IPv6 pass (README, "Limits").
writeSysctlIfPresent(HERE, ['bridge', 'bridge-nf-call-ip6tables'], '0');

explain('Two networks: the default one is there without being asked for, the other is ours');
tsnet('network', 'create', '--subnet', '10.77.0.0/24', '--ipv6', 'backend');
tsnet('network', 'ls');

explain('A web server on each, the first with a published port');
const web = tsnetInBackground('run', '--name', 'web', '-p', '8080:80', ...serve('web'));
const api = tsnetInBackground(
  'run',
  '--name',
  'api',
  '--network',
  'backend',
  '-p',
  '127.0.0.1:8081:80',
  ...serve('api'),
);
await started('8080');
await started('8081');
tsnet('ps');

explain('The published port, from the host itself, over IPv4 and IPv6');
getOnHost('http://127.0.0.1:8080/');
getOnHost('http://[::1]:8080/');

explain(
  '... from somebody outside, who is seen as who he is; but what is published on 127.0.0.1 is for the host alone',
);
getFromOutside(`http://${HOST_ADDRESS}:8080/`);
getFromOutside('http://[2001:db8::2]:8080/');
getFromOutside(`http://${HOST_ADDRESS}:8081/`);

explain('... from a neighbour on the same bridge, and from a sandbox on the other network');
tsnet('run', ...get(`http://${HOST_ADDRESS}:8080/`));
tsnet('run', '--network', 'backend', ...get(`http://${HOST_ADDRESS}:8080/`));

explain('The other modes: none has nothing but loopback, host has all, container:web is inside of web');
tsnet('run', '--network', 'none', ...get(`http://${HOST_ADDRESS}:8080/`));
tsnet('run', '--network', 'host', ...get('http://127.0.0.1:8080/'));
tsnet('run', '--network', 'container:web', ...get('http://127.0.0.1:80/'));

explain('All of it is one nftables table');
const nft = spawnSync('nft', ['list', 'table', 'inet', 'tsnet'], { stdio: ['ignore', 'inherit', 'inherit'] });
if (nft.error !== undefined) console.log('(nft is not installed here, so the table is not shown)');

explain('And gone again');
await ended(web);
await ended(api);
tsnet('ps');
tsnet('network', 'rm', 'backend');
const left = leftovers();
console.log(
  left.length === 0
    ? 'nothing was left: no link, no rule, no address, no namespace, no process'
    : `left behind: ${left.join(', ')}`,
);
process.exitCode = left.length === 0 ? 0 : 1;
