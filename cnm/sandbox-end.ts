// The end of a sandbox: it is taken away, but for its record where that is kept.
import { existsSync } from 'node:fs';
import { unnameNamespace } from '../netns/named.ts';
import { unpin } from '../netns/namespace.ts';
import { listEndpoints } from '../state/endpoint.ts';
import {
  changeDetails,
  deleteSandbox,
  endSandboxRecord,
  getSandboxById,
  listSandboxes,
} from '../state/sandbox.ts';
import type { Sandbox, SandboxOutcome } from '../state/sandbox.ts';
import { detach } from './detach.ts';
import { settleFilters } from './filter/settle.ts';
import type { Host } from './host.ts';
import { removeFiles, settleHosts } from './sandbox-files.ts';
import { KILLED } from './sandbox-outcome.ts';
import { undoPorts } from './sandbox-ports.ts';
import { hasEnded, isLasting, isRunning } from './sandbox-process.ts';

/** The path of the host's own namespace, as sandboxes in mode host have it. */
export const OWN_NETNS = '/proc/self/ns/net';

/** The networks that a sandbox is on, as endpoints name them. */
export function networksOf(host: Host, { id }: Sandbox): string[] {
  return listEndpoints(host.db, 'container', id).map(({ network }) => network);
}

/** Takes a sandbox away with its endpoints; repeating it is no error. */
export function removeSandbox(host: Host, sandbox: Sandbox): void {
  takeDown(host, sandbox);
}

/** Has the record of a sandbox stay when its command ends. */
export function keepSandbox({ db }: Host, { id }: Sandbox): void {
  db.transaction(() => {
    changeDetails(db, id, () => ({ isKept: true }));
  });
}

/** What is to be done when the command of a sandbox has ended: it goes, but for its record and files where those are kept. */
export function endSandbox(host: Host, sandbox: Sandbox, code: number): void {
  const now = getSandboxById(host.db, sandbox.id);
  if (now?.details.isKept !== true) removeSandbox(host, sandbox);
  else if (!hasEnded(now)) takeDown(host, now, { code, ended: new Date().toISOString() });
}

// With an outcome the record stays, and so do the files.
function takeDown(host: Host, sandbox: Sandbox, outcome?: SandboxOutcome): void {
  const { id, netns } = sandbox;
  const networks = networksOf(host, sandbox);
  // The newest first: a part goes before what it was added to.
  for (const endpoint of listEndpoints(host.db, 'container', id).reverse()) detach(host, endpoint);
  settleFilters(host);
  // By now it may have been given another.
  const { name } = getSandboxById(host.db, id) ?? sandbox;
  if (!hasEnded(sandbox)) unnameNamespace(netns, name);
  if (outcome === undefined) removeFiles(host, id);
  const isLast = host.db.transaction(() => {
    if (outcome === undefined) deleteSandbox(host.db, id);
    else endSandboxRecord(host.db, id, outcome);
    return !listSandboxes(host.db).some((one) => one.netns === netns);
  });
  // Who shares the namespace keeps its name; the last one takes it away.
  if (isLast && netns !== OWN_NETNS && existsSync(netns)) unpin(netns);
  settleHosts(host, networks);
}

/** Ends the sandboxes whose owner is gone, as after a kill -9 of it and of its guard; and takes back ports that were cut off. */
export function collectSandboxes(host: Host): void {
  for (const sandbox of listSandboxes(host.db)) {
    if (!isRunning(sandbox) && !isLasting(sandbox) && !hasEnded(sandbox)) endSandbox(host, sandbox, KILLED);
    else if (sandbox.details.portsBefore !== undefined) undoPorts(host, sandbox);
  }
}
