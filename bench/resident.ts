// usage, in namespaces of its own: resident.ts [containers] [rounds]
//
// ADD, CHECK and DEL in one process that stays: what the engine takes without the start of a process.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { plugins } from '../bin/plugins.ts';
import { invokePlugin } from '../cni/index.ts';
import { Host } from '../cnm/host.ts';
import { spread } from './figures.ts';
import { isSecluded, runSecluded, takeRun } from './seclusion.ts';

const [, , containersText = '50', roundsText = '10', residentText = '1', leaves = '0'] = process.argv;

function call(
  command: string,
  container: string,
  port: number,
): { env: Record<string, string>; config: string } {
  return {
    env: {
      CNI_COMMAND: command,
      CNI_CONTAINERID: container,
      CNI_NETNS: `/run/netns/${container}`,
      CNI_IFNAME: 'eth0',
      CNI_PATH: '/opt/cni/bin',
      TSNET_RUN_DIR: '/run/tsnet',
      TSNET_STATE_DIR: '/run/state',
    },
    config: JSON.stringify({
      cniVersion: '1.0.0',
      name: 'bench',
      type: 'bridge',
      bridge: 'bench0',
      isDefaultGateway: true,
      ipMasq: true,
      ipam: { type: 'host-local', dataDir: '/run/none', ranges: [[{ subnet: '10.88.0.0/16' }]] },
      runtimeConfig: { portMappings: [{ hostPort: port, containerPort: 80, protocol: 'tcp' }] },
    }),
  };
}

async function main(): Promise<void> {
  takeRun();
  mkdirSync('/run/netns');
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const containers = Array.from({ length: Number(containersText) }, (_, at) => `c${at}`);
  for (const one of containers) {
    writeFileSync(`/run/netns/${one}`, '');
    execFileSync('unshare', [`--net=/run/netns/${one}`, 'true']);
  }
  const plugin = await plugins['bridge']?.();
  if (plugin === undefined) throw new Error('no plugin');
  const run = async (command: string, container: string, port: number): Promise<number> => {
    const { env, config } = call(command, container, port);
    const stdin = new TextEncoder().encode(config);
    const begin = performance.now();
    let out = '';
    const code = await invokePlugin(plugin, {
      env,
      readStdin: () => stdin,
      writeStdout: (text) => (out += text),
      writeStderr: (text) => (out += text),
    });
    const took = performance.now() - begin;
    if (code !== 0) throw new Error(`${command} ${container}: ${out}`);
    return took;
  };
  const host = residentText === '1' ? Host.resident(call('ADD', '', 1).env) : undefined;
  const stay = Number(leaves);
  for (let at = 0; at < stay; at++) await run('ADD', containers.pop() ?? '', 30000 + at);
  const first = containers.pop() ?? '';
  await run('ADD', first, 19999);
  const times: Record<string, number[]> = { ADD: [], CHECK: [], DEL: [] };
  const sys: Record<string, number> = { ADD: 0, CHECK: 0, DEL: 0 };
  const cpu: Record<string, number> = { ADD: 0, CHECK: 0, DEL: 0 };
  for (let round = 0; round < Number(roundsText); round++)
    for (const command of ['ADD', 'CHECK', 'DEL']) {
      const before = process.cpuUsage();
      for (const [at, container] of containers.entries()) {
        const took = await run(command, container, 20000 + at);
        if (round > 0) times[command]?.push(took);
      }
      const { user, system } = process.cpuUsage(before);
      if (round > 0) {
        cpu[command] = (cpu[command] ?? 0) + user;
        sys[command] = (sys[command] ?? 0) + system;
      }
    }
  for (const [command, all] of Object.entries(times)) {
    const { median, p10, p90 } = spread(all);
    console.log(
      command,
      'ms',
      median.toFixed(2),
      p10.toFixed(2),
      p90.toFixed(2),
      'cpu',
      ((cpu[command] ?? 0) / all.length / 1000).toFixed(2),
      'sys',
      ((sys[command] ?? 0) / all.length / 1000).toFixed(2),
    );
  }
  host?.close();
}

if (isSecluded()) await main();
else process.exitCode = runSecluded();
