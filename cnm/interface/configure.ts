// The sandbox's end of an endpoint: settings, addresses, up, routes, in this order.
import { everywhere } from '../../address/index.ts';
import type { Family, InterfaceAddress, Ip, Mac } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { isSystemError, writeInside } from '../../native/index.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import type { Connection } from '../../netlink/connection.ts';
import { newAddress } from '../../netlink/route/address.ts';
import { setIpv4 } from '../../netlink/route/ipv4-settings.ts';
import { setLink } from '../../netlink/route/link.ts';
import { RT_SCOPE } from '../../netlink/route/constants.ts';
import { prependRoute } from '../../netlink/route/route.ts';
import { sysctlPath } from '../../netns/sysctl.ts';
import type { Namespace } from '../../netns/namespace.ts';
import type { AttachedRoute } from '../attachment.ts';
import type { InsideSpec } from '../request.ts';
import { awaitDetection } from './duplicates.ts';

/** An address of the interface and the gateway of its subnet. */
export interface SandboxAddress {
  readonly address: InterfaceAddress;
  readonly gateway: Ip | undefined;
  /** Whether its subnet is on the link; standard is true. */
  readonly isOnLink?: boolean | undefined;
}

/** A route, and the address that what goes by it comes from. */
export interface SandboxRoute extends AttachedRoute {
  readonly source?: Ip | undefined;
}

/** What a sandbox gets by an interface. */
interface SandboxNetwork {
  readonly addresses: readonly SandboxAddress[];
  readonly routes: readonly SandboxRoute[];
  /** What the interface is to have, if it may not have it yet. */
  readonly mac?: Mac | undefined;
}

/** An interface of the sandbox. */
interface SandboxInterface {
  readonly ifname: string;
  /** If it is known. */
  readonly index?: number | undefined;
}

/**
 * Gives the interface its addresses, takes it up and lays the routes, by the gateways of their families. One that is to be
 * left down is left as it was made. Throws TSNET_ADDRESS_IN_USE or TSNET_BUSY where duplicates are to be detected.
 */
export function configure(
  namespace: Namespace,
  { ifname, index }: SandboxInterface,
  addresses: readonly SandboxAddress[],
  routes: readonly SandboxRoute[],
): void {
  using end = new SandboxEnd(namespace, ifname, { addresses, routes });
  end.takeUp(index);
  end.layRoutes();
}

/** What is to be asked of the kernel if the interface has that index, ready to be sent. */
interface Prepared {
  readonly index: number;
  readonly takeUp: () => void;
  readonly layRoutes: () => void;
}

/** An interface of a sandbox that is to be configured, once it is there; one that is to be left down, not at all. */
export class SandboxEnd implements Disposable {
  readonly #namespace: Namespace;
  readonly #ifname: string;
  readonly #network: SandboxNetwork;
  readonly #settings: readonly (readonly [path: string, value: string])[];
  readonly #spec: InsideSpec;
  #connection: Connection | undefined;
  #prepared: Prepared | undefined;

  constructor(namespace: Namespace, ifname: string, network: SandboxNetwork, spec: InsideSpec = plainInside) {
    this.#namespace = namespace;
    this.#ifname = ifname;
    this.#network = { ...network, routes: withGateways(network.routes, network.addresses) };
    this.#settings = settingsOf(ifname, network.addresses, spec.detectsDuplicates);
    this.#spec = spec;
  }

  /**
   * Enters the sandbox, where the interface has just been made, and makes ready what it is to get; the kernel may take it back
   * again. Throws SystemError.
   */
  prepare(index: number | undefined): void {
    if (this.#spec.isLeftDown) return;
    try {
      const connection = this.#enter();
      if (index !== undefined) this.#prepared = this.#makeReady(connection, index);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#connection?.close();
  }

  /** Gives the interface, which is there now, its addresses and takes it up. Throws as `configure`. */
  takeUp(known: number | undefined): void {
    const { isLeftDown, detectsDuplicates } = this.#spec;
    if (isLeftDown) return;
    const ifname = this.#ifname;
    // Before the link goes up: what the kernel does on its way up must already follow the settings.
    const connection = this.#connection ?? this.#enter();
    const index = known ?? connection.linkIndex(ifname);
    if (index === undefined)
      throw new TsnetError('TSNET_NOT_FOUND', `interface "${ifname}" was taken away while it was made`);
    if (this.#prepared?.index !== index) this.#prepared = this.#makeReady(connection, index);
    this.#prepared.takeUp();
    if (detectsDuplicates) awaitDetection(connection, { ifname, index });
  }

  /**
   * Lays the routes of the interface that was taken up. The kernel has just begun to tell itself that it has a carrier, and routes
   * wait for that (linkwatch_event): who has something else to do does it before. Throws KernelError.
   */
  layRoutes(): void {
    this.#prepared?.layRoutes();
  }

  // Writes the settings of the interface that is there; entering takes as long as all the rest.
  #enter(): Connection {
    if (this.#connection === undefined) {
      const settings = [...COMMON_SETTINGS, ...this.#settings];
      this.#connection = openConnection(this.#namespace.fd, NETLINK.ROUTE, settings);
    } else writeInside(this.#namespace.fd, this.#settings);
    return this.#connection;
  }

  #makeReady(connection: Connection, index: number): Prepared {
    const { addresses, routes, mac } = this.#network;
    const takeUp = connection.prepare([
      // Redirects, and that others learn at once whose address it is now.
      setIpv4(index, { acceptRedirects: 0, arpNotify: 1 }),
      ...addresses.map(({ address, isOnLink }) =>
        newAddress(index, address, {
          isDetected: this.#spec.detectsDuplicates,
          hasSubnetRoute: isOnLink,
        }),
      ),
      setLink({ index }, { address: mac }, { UP: true }),
    ]);
    const layRoutes = connection.prepare(
      routes.map(({ gw, ...route }) =>
        // A sandbox on several networks may have a default route by each of them.
        prependRoute({ ...route, gateway: gw, oif: index }),
      ),
    );
    return { index, takeUp, layRoutes };
  }
}

const plainInside: InsideSpec = { isLeftDown: false, detectsDuplicates: false };

// Of a host, and that is what a sandbox is, the kernel takes redirects where either this or the interface's own says so.
const COMMON_SETTINGS = [[sysctlPath(['ipv4', 'conf', 'all', 'accept_redirects']), '0']] as const;

function settingsOf(
  ifname: string,
  addresses: readonly SandboxAddress[],
  detectsDuplicates: boolean,
): (readonly [string, string])[] {
  const hasIpv6 = addresses.some(({ address }) => address.family === 6);
  // Who gets no address at all is to find some by himself.
  const isOn = addresses.length > 0 ? { disable_ipv6: hasIpv6 ? '0' : '1' } : {};
  const ipv6 = {
    accept_ra: '0',
    accept_redirects: '0',
    accept_dad: detectsDuplicates ? '1' : '0',
    // A frame that comes back to its sender, as from a hairpin port, is no duplicate (RFC 7527).
    ...(detectsDuplicates ? { enhanced_dad: '1' } : {}),
    keep_addr_on_down: '1',
    ndisc_notify: '1',
  };
  const of = (settings: Record<string, string>) =>
    Object.entries(settings).map(
      ([name, value]) => [sysctlPath(['ipv6', 'conf', ifname, name]), value] as const,
    );
  return [...of(isOn), ...of(hasIpv6 ? ipv6 : {})];
}

function gatewayOf(addresses: readonly SandboxAddress[], family: Family): Ip | undefined {
  return addresses.find(({ gateway }) => gateway?.family === family)?.gateway;
}

/**
 * The routes as they are laid: whoever names no gateway means that of the route's family (CNI spec 1.1.0, section 5), but
 * for a route to the gateway itself, or whose scope says that its destination is on the link.
 */
export function withGateways(
  routes: readonly SandboxRoute[],
  addresses: readonly SandboxAddress[],
): SandboxRoute[] {
  return routes.map((route) => {
    const { dst, gw = gatewayOf(addresses, dst.family), scope = RT_SCOPE.UNIVERSE } = route;
    const isOnLink = (dst.family === 4 && scope >= RT_SCOPE.LINK) || gw?.equals(dst.network) === true;
    return { ...route, gw: isOnLink ? route.gw : gw };
  });
}

/** The routes as asked for, and default routes where they are wanted. */
export function decideRoutes(
  routes: readonly AttachedRoute[],
  addresses: readonly SandboxAddress[],
  isDefaultGateway: boolean,
): AttachedRoute[] {
  if (!isDefaultGateway) return [...routes];
  const missing = ([4, 6] as const).flatMap((family) => {
    const gw = gatewayOf(addresses, family);
    const isThere = routes.some(({ dst }) => dst.equals(everywhere[family]));
    return gw === undefined || isThere ? [] : [{ dst: everywhere[family], gw }];
  });
  return [...routes, ...missing];
}
