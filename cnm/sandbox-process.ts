// The processes of a sandbox: who looks after it, and who is in it.
import { readFileSync } from 'node:fs';
import { inhabitantsOf } from '../netns/inhabited.ts';
import type { NamespaceId } from '../netns/namespace.ts';
import type { Sandbox } from '../state/sandbox.ts';
import { pause } from './pause.ts';

/** When a process began, which tells it from a later one with its number; undefined when it is gone. */
export function processStart(pid: number): string | undefined {
  try {
    // The name in parentheses may hold anything; the fields behind it are counted from its end (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is gone but for its exit code, which its parent has yet to ask for.
    return ['Z', 'X'].includes(state) ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

/** Tells whether a sandbox lives without a process, until somebody takes it away. */
export function isLasting({ pid, details }: Sandbox): boolean {
  return pid === 0 && details.outcome === undefined;
}

/** Tells whether nothing is left of a sandbox but its record. */
export function hasEnded({ details }: Sandbox): boolean {
  return details.outcome !== undefined;
}

/** Tells whether the process that looks after a sandbox is still there. */
export function isRunning({ pid, pidStarted }: Sandbox): boolean {
  return pid !== 0 && processStart(pid) === pidStarted;
}

/** Kills the process that looks after a sandbox, and its command with it; waits until it is gone. */
export function stopOwner(sandbox: Sandbox): void {
  process.kill(sandbox.pid, 'SIGKILL');
  while (isRunning(sandbox)) pause(1);
}

/** Kills all that is in a namespace, and waits until nothing is. */
export function stopInhabitants({ inode }: NamespaceId): void {
  for (let pids = inhabitantsOf(inode); pids.length > 0; pids = inhabitantsOf(inode)) {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    pause(2);
  }
}
