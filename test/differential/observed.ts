// One case on a host of its own: everything that is seen of it, from ADD to after DEL.
import { setTimeout as sleep } from 'node:timers/promises';
import { Runner } from './chain.ts';
import type { Chain } from './chain.ts';
import { HOST, Lab, OUTSIDE } from '../netns/lab.ts';
import { isSilent, reach } from '../netns/reach.ts';
import type { Service } from '../netns/reach.ts';
import { anonymousValue, settingsOf, viewOf } from './observation.ts';
import type { View } from './observation.ts';

/** A case: a chain, what a person does to the host before, and who then calls whom. */
export interface Case {
  readonly name: string;
  readonly chain: Chain;
  /** Lines of a shell on the host, before the ADD. */
  readonly before?: string;
  readonly traffic?: readonly Traffic[];
  /** How long to wait before the calls, in ms: the reference leaves duplicate address detection to the kernel. */
  readonly wait?: number;
  /** The interface of the host whose settings are compared. */
  readonly device?: string;
}

/** A call: from a place to a service. `c1` is attached, and serves on port 80; so does `outside`. */
export interface Traffic extends Service {
  readonly from: string;
}

/** What is seen of a case. */
export interface Observed {
  readonly before: { readonly sandbox: View; readonly host: View };
  readonly add: unknown;
  readonly sandbox: View;
  readonly host: View;
  readonly settings: Readonly<Record<string, string>>;
  readonly hostSettings: Readonly<Record<string, string>>;
  /** What each caller is answered, or "silence". */
  readonly traffic: Readonly<Record<string, string>>;
  readonly check: number | null;
  readonly del: number | null;
  readonly delAgain: number | null;
  readonly sandboxAfter: View;
  readonly hostAfter: View;
}

const CONTAINER = 'c1';

/** Does a case with the plugins of a folder. */
export async function observe(one: Case, folder: string): Promise<Observed> {
  const lab = await Lab.start();
  try {
    lab.addOutside();
    lab.container(CONTAINER);
    lab.shell(HOST, one.before ?? 'true');
    if (one.traffic !== undefined) await serve(lab);
    return await observeIn(lab, one, new Runner(lab, folder));
  } finally {
    await lab.end();
  }
}

async function serve(lab: Lab): Promise<void> {
  await Promise.all([lab.serve(CONTAINER, 80), lab.serve(OUTSIDE.name, 80)]);
}

async function observeIn(
  lab: Lab,
  { chain, traffic = [], wait = 0, device = 'cni0' }: Case,
  runner: Runner,
): Promise<Observed> {
  const before = { sandbox: viewOf(lab, CONTAINER), host: viewOf(lab, HOST) };
  const add = runner.add(chain, CONTAINER);
  const isAdded = add.status === 0;
  const ifname = chain.ifname ?? 'eth0';
  await sleep(wait);
  const during = {
    before,
    add: { status: add.status, result: isAdded ? anonymousValue(add.output) : undefined },
    sandbox: viewOf(lab, CONTAINER),
    host: viewOf(lab, HOST),
    settings: isAdded ? settingsOf(lab, CONTAINER, ifname) : {},
    hostSettings: isAdded ? settingsOf(lab, HOST, device) : {},
    traffic: Object.fromEntries(traffic.map((call) => [nameOf(call), answerTo(lab, call)])),
    check: isAdded ? runner.check(chain, CONTAINER, add.output).status : null,
  };
  const result = isAdded ? add.output : undefined;
  return {
    ...during,
    del: runner.del(chain, CONTAINER, result).status,
    delAgain: runner.del(chain, CONTAINER, result).status,
    sandboxAfter: viewOf(lab, CONTAINER),
    hostAfter: viewOf(lab, HOST),
  };
}

function nameOf({ from, address, port, protocol = 'tcp' }: Traffic): string {
  return `${from} to ${address} ${port}/${protocol}`;
}

function answerTo(lab: Lab, call: Traffic): string {
  // Whoever is silent for a moment is asked again with patience: a loaded machine is no firewall.
  const isRefused = isSilent(lab, call.from, call) && isSilent(lab, call.from, call);
  return isRefused ? 'silence' : (reach(lab, call.from, call) ?? 'silence');
}
