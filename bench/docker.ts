// Docker: `docker run --rm` beside `tsnet run`, of one and the same program that does nothing.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { executable } from '../tools/paths.ts';
import type { Arena } from './arena.ts';
import type { Case } from './case.ts';
import { pause } from './daemon.ts';
import { callRow } from './rounds.ts';
import type { Row } from './rounds.ts';
import { stateIn } from './side.ts';
import type { Side } from './side.ts';
import type { Stage } from './stage.ts';
import type { Call } from './timer.ts';

const DAEMONS = ['/usr/sbin/dockerd', '/usr/bin/dockerd'];
const CLIENT = '/usr/bin/docker';
const IMAGE = 'nothing';
const ROUNDS = 10;
const MANY_ROUNDS = 6;
const FIRST_PORT = 8000;
const CGROUPS = '/sys/fs/cgroup';
const GROUP = 'tsnet-bench';
const START_MS = 30_000;
const PAUSE_MS = 50;
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

function findDockerd(): string | undefined {
  return existsSync(CLIENT) ? DAEMONS.find((file) => existsSync(file)) : undefined;
}

/** Whether this is root of the machine, not only of a user namespace: docker needs it for cgroups. */
function isMachineRoot(): boolean {
  return /^\s*0\s+0\s/.test(readFileSync('/proc/self/uid_map', 'utf8'));
}

function whatIsMissing(): string | undefined {
  if (findDockerd() === undefined) return 'docker';
  return isMachineRoot() ? undefined : 'root of the machine, which docker needs';
}

/** From the start of a command to its clean end; the column of the reference is docker's. */
export const dockerCase: Case<Row> = {
  name: 'docker',
  missing: whatIsMissing,
  measure: dockerRows,
};

function waitUntil(isDone: () => boolean, what: string): void {
  const begin = performance.now();
  while (!isDone()) {
    if (performance.now() - begin > START_MS) throw new Error(what);
    pause(PAUSE_MS);
  }
}

/** Lets what is written to /etc, as dockerd's key is, go to `folder`; only in a mount namespace of its own. */
function coverEtc(folder: string): void {
  const [upper, work] = [join(folder, 'upper'), join(folder, 'work')];
  for (const one of [upper, work]) mkdirSync(one, { recursive: true });
  const options = `lowerdir=/etc,upperdir=${upper},workdir=${work}`;
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'tsnet-bench', '/etc']);
}

/** Removes the cgroups above those of the containers, which docker leaves: one in all (version 2), or one for each controller. */
function removeGroups(): void {
  const parents = [CGROUPS, ...readdirSync(CGROUPS).map((name) => join(CGROUPS, name))];
  for (const group of parents.map((parent) => join(parent, GROUP))) if (existsSync(group)) rmdirSync(group);
}

/** A docker daemon with everything of its own, in the host namespace of an arena. */
class Dockerd {
  readonly #process: ChildProcess;
  readonly #env: Record<string, string>;

  /** Returns when it answers; throws when it does not. `folder` is free for it. */
  constructor(program: string, arena: Arena, folder: string) {
    coverEtc(join(folder, 'etc'));
    const socket = `unix://${join(folder, 'docker.sock')}`;
    const prefix = [`--net=${arena.netns}`, 'setpriv', '--pdeathsig', 'KILL', program];
    const places = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')];
    const config = join(folder, 'daemon.json');
    writeFileSync(config, '{}');
    const options = ['--config-file', config, '--exec-opt', 'native.cgroupdriver=cgroupfs'];
    const group = ['--cgroup-parent', `/${GROUP}`];
    const all = [...prefix, ...places, ...options, ...group, '-p', join(folder, 'docker.pid'), '-H', socket];
    this.#process = spawn('nsenter', all, { env: { PATH }, stdio: 'ignore' });
    this.#env = { PATH, DOCKER_HOST: socket, HOME: folder };
    const answers = (): boolean => spawnSync(CLIENT, ['version'], { env: this.#env }).status === 0;
    waitUntil(answers, 'the docker daemon does not answer');
  }

  /** Makes an image of one program. */
  import(folder: string, program: string): void {
    const image = execFileSync('tar', ['-C', folder, '-c', program]);
    execFileSync(CLIENT, ['import', '-', IMAGE], { env: this.#env, input: image });
  }

  call(...args: string[]): Call {
    return { file: CLIENT, args, env: this.#env, config: '' };
  }

  /** Ends it and waits for that, for it takes its containerd with it. */
  end(): void {
    this.#process.kill();
    // Its exit code is fetched when this program has time again: until then it is a zombie.
    const stat = `/proc/${String(this.#process.pid)}/stat`;
    waitUntil(() => !existsSync(stat) || readFileSync(stat, 'utf8').includes(') Z '), 'dockerd does not end');
    removeGroups();
  }
}

/** A static program that does nothing. */
function compileNothing(folder: string): string {
  const program = join(folder, 'nothing');
  const source = 'int main() {}';
  execFileSync('g++', ['-O2', '-static', '-x', 'c++', '-', '-o', program], { input: source });
  return program;
}

function published(count: number): string[] {
  const ports = Array.from({ length: count }, (_, at) => FIRST_PORT + at);
  return ports.flatMap((port) => ['-p', `${port}:80`]);
}

/** A side without containers: what is measured is a command. */
function commandSide(name: Side['name']): Side {
  const nothing: Call = { file: '/bin/true', env: {}, config: '' };
  return { name, start: () => nothing, add: () => [], del: () => [] };
}

function dockerRows(stage: Stage): Row[] {
  const nothing = compileNothing('/run');
  const folder = '/run/docker-bench';
  const env = { PATH, ...stateIn(join(folder, 'tsnet')) };
  return stage.play(
    commandSide,
    ([ours, theirs]) => {
      if (ours === undefined || theirs === undefined) throw new Error('there is no docker');
      const docker = new Dockerd(findDockerd() ?? '', theirs, join(folder, 'docker'));
      try {
        docker.import('/run', 'nothing');
        const rowOf = (count: number, rounds: number): Row => {
          const words = ['run', '--network', 'bridge', ...published(count)];
          const tsnet: Call = { file: executable, args: [...words, '--', nothing], env, config: '' };
          const name = `run with ${count} ${count === 1 ? 'port' : 'ports'} (reference: docker)`;
          return callRow(name, [ours, theirs], stage.rounds(rounds), ({ name }) =>
            name === 'tsnet' ? tsnet : docker.call(...words, '--rm', IMAGE, '/nothing'),
          );
        };
        return [rowOf(1, ROUNDS), rowOf(100, MANY_ROUNDS)];
      } finally {
        docker.end();
      }
    },
    ['tsnet', 'reference'],
  );
}
