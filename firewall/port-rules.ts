// The rules that published ports go by.
import type { Family } from '../address/index.ts';
import { inSet, mapWith, notInSet } from '../netlink/netfilter/expr/lookup.ts';
import { masquerade } from '../netlink/netfilter/expr/masq.ts';
import { loadMeta } from '../netlink/netfilter/expr/meta.ts';
import { dnat } from '../netlink/netfilter/expr/nat.ts';
import { loadDestination, loadDestinationPort, loadSource } from '../netlink/netfilter/expr/payload.ts';
import { newRule } from '../netlink/netfilter/rule.ts';
import type { Expression } from '../netlink/netfilter/rule.ts';
import type { AnyRequest } from '../netlink/message.ts';
import { behind, families, isForwardedPort, NAME_WORDS, R0, toThisHost, words } from './conditions.ts';
import { sets, TABLE } from './sets.ts';

/** Protocol and destination port, in the registers from the one `at` words behind the first. */
function loadService(at: number): Expression[] {
  return [loadMeta('L4PROTO', behind(at)), loadDestinationPort(behind(at + 1))];
}

/** Forwards what the maps name: the ports of one address, then those of every address, then those with conditions. */
export function forwardPorts(chain: string, family: Family): AnyRequest[] {
  const address = words(family);
  const { ports, anyPorts, conditionalPorts, interfacePorts, exceptions } = sets[family];
  const ways: [string, Expression[]][] = [
    [
      `published ports of one IPv${family} address`,
      [loadDestination(family, R0), ...loadService(address), mapWith(ports.name, R0)],
    ],
    [`published ports of every IPv${family} address`, [...loadService(0), mapWith(anyPorts.name, R0)]],
    [
      `published ports with conditions, IPv${family}`,
      [
        loadDestination(family, R0),
        loadMeta('IIFNAME', behind(address)),
        ...loadService(address + NAME_WORDS),
        notInSet(exceptions.name, R0),
        loadSource(family, R0),
        loadDestination(family, behind(address)),
        ...loadService(2 * address),
        mapWith(conditionalPorts.name, R0),
      ],
    ],
    [
      `published ports with an interface as condition, IPv${family}`,
      [
        loadSource(family, R0),
        loadDestination(family, behind(address)),
        loadMeta('IIFNAME', behind(2 * address)),
        ...loadService(2 * address + NAME_WORDS),
        mapWith(interfacePorts.name, R0),
      ],
    ],
  ];
  const forward = dnat(family, R0, behind(address));
  return ways.map(([note, look]) =>
    newRule(TABLE, chain, [...families[family], ...toThisHost, ...look, forward], note),
  );
}

function loadForwardedTo(family: Family): Expression[] {
  return [loadDestination(family, R0), ...loadService(words(family))];
}

/** Not one of the ports whose clients are to be seen as they are. */
export function isNotVisible(family: Family): Expression[] {
  return [...loadForwardedTo(family), notInSet(sets[family].visible.name, R0)];
}

/** Not one of the ports that are opened although their address is closed. */
export function isNotOpened(family: Family): Expression[] {
  return [...loadForwardedTo(family), notInSet(sets[family].opened.name, R0)];
}

/** Hides the clients of the ports that want it so. */
export function hideClients(family: Family): AnyRequest {
  const isHidden = [...loadForwardedTo(family), inSet(sets[family].hidden.name, R0)];
  return newRule(
    TABLE,
    'postrouting',
    [...families[family], ...isForwardedPort, ...isHidden, masquerade()],
    'published ports whose clients are hidden',
  );
}
