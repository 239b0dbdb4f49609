// The published ports that there are: those that the kernel's maps have, and those that the store knows of.
import { Ip } from '../address/index.ts';
import type { Family } from '../address/index.ts';
import { sets, TABLE } from '../firewall/sets.ts';
import { anyAddress, protocols } from '../state/port.ts';
import type { Protocol } from '../state/port.ts';
import type { World } from './world.ts';

/** A published port from the caller's side; an unspecified address stands for every address of the host. */
export interface PublishedService {
  readonly protocol: Protocol;
  readonly hostIp: Ip;
  readonly hostPort: number;
}

const WORD = 4;

function protocolOf(number: number | undefined): Protocol | undefined {
  return (Object.keys(protocols) as Protocol[]).find((name) => protocols[name] === number);
}

// Each field of a key begins at a word of its own.
function serviceIn(key: Uint8Array, at: number): { protocol: Protocol; hostPort: number } | undefined {
  const protocol = protocolOf(key[at]);
  const [high = 0, low = 0] = key.subarray(at + WORD);
  return protocol === undefined ? undefined : { protocol, hostPort: (high << 8) | low };
}

function inMaps({ kernel }: World, family: Family): PublishedService[] {
  const { ports, anyPorts } = sets[family];
  const bytes = family === 4 ? 4 : 16;
  return kernel.ruleset.sets
    .filter((set) => set.family === 'inet' && set.table === TABLE)
    .flatMap(({ name, elements }) =>
      elements.flatMap(({ key }): PublishedService[] => {
        if (key === undefined || (name !== ports.name && name !== anyPorts.name)) return [];
        const isAny = name === anyPorts.name;
        const service = serviceIn(key, isAny ? 0 : bytes);
        const hostIp = isAny ? anyAddress[family] : Ip.fromBytes(key.slice(0, bytes));
        return service === undefined ? [] : [{ ...service, hostIp }];
      }),
    );
}

/** Each of them once. */
export function publishedIn(world: World): PublishedService[] {
  const all = new Map<string, PublishedService>();
  const stored = world.members.flatMap(({ published }) => published);
  for (const { protocol, hostIp, hostPort } of [...inMaps(world, 4), ...inMaps(world, 6), ...stored])
    all.set(`${protocol} ${hostIp.toString()} ${hostPort}`, { protocol, hostIp, hostPort });
  return [...all.values()];
}
