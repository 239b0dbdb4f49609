// Takes away what plugins of the reference have left in the packet filter, each change in one transaction.
import type { Ip } from '../../address/index.ts';
import { log } from '../../log/log.ts';
import type { Connection } from '../../netlink/connection.ts';
import { isKernelError } from '../../netlink/kernel-error.ts';
import type { AnyRequest } from '../../netlink/message.ts';
import { commit } from '../../netlink/netfilter/nfnetlink.ts';
import { forwardPart } from './forward.ts';
import { legacyTables } from './legacy.ts';
import { masqueradePart } from './masquerade.ts';
import type { Interface, Part } from './part.ts';
import { hostportsPart, portsPart } from './ports.ts';
import { Ruleset } from './ruleset.ts';

const parts = {
  masquerade: masqueradePart,
  ports: portsPart,
  hostports: hostportsPart,
  forward: forwardPart,
};

/** What the reference's plugins make: `ipMasq`, published ports (in two backends), the firewall's exceptions. */
export type PartName = keyof typeof parts;

export type { Interface };

const TRIES = 5;

/** Deletes what those plugins made for one interface, and for nobody else. Nothing there is no error. */
export function removeReference(
  connection: Connection,
  names: readonly PartName[],
  of: Interface,
  addresses: () => readonly Ip[],
): void {
  change(connection, names, (part, ruleset) => part.find(ruleset, of, addresses));
}

/** Deletes what the plugins made for containers of a network that are not among `keep`, as far as it names them. */
export function removeStaleReference(
  connection: Connection,
  network: string,
  keep: readonly Interface[],
): void {
  const all = Object.keys(parts) as PartName[];
  change(connection, all, (part, ruleset) => part.findStale(ruleset, network, keep));
}

/** Tells whether a plugin of the reference has anything in the packet filter for an interface. */
export function hasReference(
  connection: Connection,
  name: PartName,
  of: Interface,
  addresses: () => readonly Ip[],
): boolean {
  return parts[name].find(new Ruleset(connection), of, addresses).length > 0;
}

// Whoever changes the same rules meanwhile, a plugin of the reference perhaps, makes the transaction fail as a whole.
function change(
  connection: Connection,
  names: readonly PartName[],
  find: (part: Part, ruleset: Ruleset) => AnyRequest[],
): void {
  const legacy = legacyTables();
  if (legacy.length > 0)
    log('info', 'rules of iptables-legacy are out of reach and stay', () => ({ tables: legacy }));
  for (let attempt = 1; ; attempt++) {
    const ruleset = new Ruleset(connection);
    if (ruleset.isEmpty) return;
    const requests = names.flatMap((name) => find(parts[name], ruleset));
    try {
      commit(connection, requests);
      return;
    } catch (error) {
      if (!isKernelError(error, 'ENOENT', 'EBUSY')) throw error;
      if (attempt < TRIES) continue;
      // Somebody else's rule leads to the container's chain: it is not ours to take, and no reason to keep the container.
      log('info', 'rules of the reference plugins stay', () => ({ error }));
      return;
    }
  }
}
