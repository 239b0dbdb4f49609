// The way of a connection's first packet through the host, and whether it comes to its end.
import type { Ip } from '../address/index.ts';
import { pass } from './hook.ts';
import type { Surroundings } from './hook.ts';
import type { Packet } from './packet.ts';
import type { Device, Kernel, Member, Way } from './world.ts';

/** Who calls: the host itself, or somebody behind one of its devices. */
export interface Caller {
  readonly address: Ip;
  /** Absent for the host itself. */
  readonly device?: string | undefined;
  /** Set for a member of a network of tsnet's. */
  readonly member?: Member | undefined;
}

/** Whom it calls. */
export interface Service {
  readonly address: Ip;
  /** By number (RFC 5237). */
  readonly protocol: number;
  readonly port: number;
}

/** What becomes of it. */
export interface Fate {
  /** `perhaps` where a rule of somebody else would decide that cannot be read to its end. */
  readonly outcome: 'yes' | 'no' | 'perhaps';
  /** Why not, or which rules are in doubt, in words. */
  readonly why?: string | undefined;
  /** Where it arrives, after translation. */
  readonly address: Ip;
  readonly port: number;
  /** The device that it leaves the host by; absent where it is for the host itself. */
  readonly device?: string | undefined;
}

/** What an audit follows packets with. */
export class Paths {
  readonly #kernel: Kernel;
  readonly #devices: ReadonlyMap<string, Device>;
  readonly #surroundings: Surroundings;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#devices = new Map(kernel.devices.map((device) => [device.name, device]));
    this.#surroundings = {
      ruleset: kernel.ruleset,
      isLocal: (ip) => this.isLocal(ip),
      indexOf: (name) => this.#devices.get(name)?.index ?? 0,
    };
  }

  /** Tells whether an address is the host's own. */
  isLocal(ip: Ip): boolean {
    return this.#kernel.ways.some(({ destination, isLocal }) => isLocal && destination.contains(ip));
  }

  /** The device that packets to an address leave by. */
  deviceTo(ip: Ip): string | undefined {
    return nearest(this.#kernel.ways, ip)?.device;
  }

  /** Follows a call to its end. */
  follow({ address: source, device: iif, member }: Caller, { address, protocol, port }: Service): Fate {
    const packet: Packet = {
      ...{ source, destination: address, protocol, destinationPort: port },
      ...{ iif, isTranslated: false },
    };
    if (iif === undefined) return this.#fromHost(packet);
    const hall = pass(this.#surroundings, 'PRE_ROUTING', packet);
    if (hall.droppedBy !== undefined) return refused(hall.packet, hall.droppedBy, hall.doubts);
    return this.#routed(hall.packet, hall.doubts, member);
  }

  /** Follows a frame from one port of a bridge to another. */
  acrossBridge(caller: Member, callee: Member, source: Ip, { address, protocol, port }: Service): Fate {
    const { device } = caller;
    const packet: Packet = {
      ...{ source, destination: address, protocol, destinationPort: port },
      ...{ iif: device, isTranslated: false },
    };
    const isIsolated = (name = ''): boolean => this.#devices.get(name)?.isIsolated === true;
    if (isIsolated(caller.port) && isIsolated(callee.port))
      return refused(packet, 'both ports of the bridge are isolated', []);
    const strangers = this.#bridgeChains();
    if (!this.#kernel.isBridgeFiltered[source.family]) return arrived(packet, strangers, device);
    const hall = pass(this.#surroundings, 'PRE_ROUTING', packet);
    if (hall.droppedBy !== undefined) return refused(packet, hall.droppedBy, hall.doubts);
    const through = pass(this.#surroundings, 'FORWARD', { ...hall.packet, oif: device });
    const doubts = [...strangers, ...hall.doubts, ...through.doubts];
    return through.droppedBy === undefined
      ? arrived(through.packet, doubts, device)
      : refused(through.packet, through.droppedBy, doubts);
  }

  // Chains of family bridge that see forwarded frames are not gone through: tsnet has none.
  #bridgeChains(): string[] {
    const { chains, rules } = this.#kernel.ruleset;
    return chains
      .filter(({ family, base }) => family === 'bridge' && base?.hook === BRIDGE_FORWARD)
      .filter(({ table, chain, policy }) => {
        const has = rules.some(
          (rule) => rule.family === 'bridge' && rule.table === table && rule.chain === chain,
        );
        return has || policy === DROP;
      })
      .map(({ table, chain }) => `chain ${chain} of table bridge ${table}`);
  }

  #fromHost(packet: Packet): Fate {
    const oif = this.isLocal(packet.destination) ? LOOPBACK : this.deviceTo(packet.destination);
    const out = pass(this.#surroundings, 'LOCAL_OUT', { ...packet, oif });
    if (out.droppedBy !== undefined) return refused(out.packet, out.droppedBy, out.doubts);
    if (this.isLocal(out.packet.destination))
      return this.#delivered({ ...out.packet, iif: LOOPBACK }, out.doubts);
    return this.#left(out.packet, out.doubts);
  }

  #routed(packet: Packet, doubts: readonly string[], member: Member | undefined): Fate {
    const { destination, iif = '' } = packet;
    const device = this.#devices.get(iif);
    if (destination.isLoopback && device?.isLoopback !== true && !this.#letsLoopbackIn(packet, device))
      return refused(
        packet,
        `the kernel takes no packets for ${destination.toString()} from "${iif}"`,
        doubts,
      );
    if (this.isLocal(destination)) return this.#delivered(packet, doubts);
    const isForwarding =
      destination.family === 6 ? this.#kernel.isForwarding6 : device?.isForwarding === true;
    if (!isForwarding) return refused(packet, `IPv${destination.family} is not forwarded`, doubts);
    const oif = this.deviceTo(destination);
    if (oif === undefined) return refused(packet, 'there is no route', doubts);
    if (member === undefined && oif === iif) return refused(packet, 'it goes where it came from', doubts);
    const through = pass(this.#surroundings, 'FORWARD', { ...packet, oif });
    const all = [...doubts, ...through.doubts];
    if (through.droppedBy !== undefined) return refused(through.packet, through.droppedBy, all);
    return this.#left(through.packet, all);
  }

  // Packets for ::1 that come from outside are dropped before any hook (ip6_rcv_core).
  #letsLoopbackIn({ destination }: Packet, device: Device | undefined): boolean {
    return destination.family === 4 && device?.isLocalnetRouted === true;
  }

  #delivered(packet: Packet, doubts: readonly string[]): Fate {
    const into = pass(this.#surroundings, 'LOCAL_IN', packet);
    const all = [...doubts, ...into.doubts];
    if (into.droppedBy !== undefined) return refused(packet, into.droppedBy, all);
    return arrived(packet, all, undefined);
  }

  #left(packet: Packet, doubts: readonly string[]): Fate {
    const oif = this.deviceTo(packet.destination);
    if (oif === undefined) return refused(packet, 'there is no route', doubts);
    const out = pass(this.#surroundings, 'POST_ROUTING', { ...packet, oif });
    const all = [...doubts, ...out.doubts];
    if (out.droppedBy !== undefined) return refused(packet, out.droppedBy, all);
    return arrived(packet, all, oif);
  }
}

const LOOPBACK = 'lo';
const BRIDGE_FORWARD = 2;
const DROP = 0;

function nearest(ways: readonly Way[], ip: Ip): Way | undefined {
  let best: Way | undefined;
  for (const way of ways) {
    if (way.isLocal || !way.destination.contains(ip)) continue;
    const isLonger = best === undefined || way.destination.prefix > best.destination.prefix;
    const isEqual = best !== undefined && way.destination.prefix === best.destination.prefix;
    if (isLonger || (isEqual && way.priority < (best?.priority ?? 0))) best = way;
  }
  return best;
}

function refused({ destination, destinationPort }: Packet, why: string, doubts: readonly string[]): Fate {
  // A rule in doubt stands before the one that drops, and may have let it pass.
  const outcome = doubts.length > 0 ? 'perhaps' : 'no';
  return { outcome, why: [why, ...doubts].join('; '), address: destination, port: destinationPort };
}

function arrived(
  { destination, destinationPort }: Packet,
  doubts: readonly string[],
  device: string | undefined,
): Fate {
  const where = { address: destination, port: destinationPort, device };
  if (doubts.length === 0) return { outcome: 'yes', ...where };
  return { outcome: 'perhaps', why: doubts.join('; '), ...where };
}
