// The namespace of a request: the descriptor that came along, which has to be what its path says.
import { isAbsolute } from 'node:path';
import type { Env } from '../cni/index.ts';
import { identityOf, isSameFile } from '../native/index.ts';
import { standIn } from '../netns/namespace.ts';
import { Refusal } from './refusal.ts';

/**
 * Throws Refusal when the daemon would look elsewhere than the caller: for paths that are not absolute, and when CNI_NETNS
 * leads the daemon to another file than the descriptor, as /proc/self does.
 */
export function assertSamePlaces(env: Env, descriptor: number | undefined): void {
  const { CNI_NETNS: netns = '', CNI_PATH: path = '' } = env;
  if (path.split(':').some((folder) => folder !== '' && !isAbsolute(folder)))
    throw new Refusal('CNI_PATH has a folder that is not absolute');
  if (netns === '') {
    if (descriptor !== undefined) throw new Refusal('a descriptor came along without CNI_NETNS');
    return;
  }
  if (!isAbsolute(netns)) throw new Refusal('CNI_NETNS is not absolute');
  const here = identityOf(netns);
  const there = descriptor === undefined ? undefined : identityOf(descriptor);
  // A path that leads the daemon nowhere is one that only the caller sees, or a namespace that is gone.
  if (here !== undefined && !isSameFile(here, there))
    throw new Refusal('CNI_NETNS leads the daemon elsewhere than the caller');
}

/** Until it is disposed of, the path that `env` names stands for the descriptor, if there is one. */
export function enterSandbox(env: Env, descriptor: number | undefined): Disposable | undefined {
  return descriptor === undefined ? undefined : standIn(env['CNI_NETNS'] ?? '', descriptor);
}
