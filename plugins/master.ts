// What plugins have in common whose interface lies on another one, its master.
import { boolean, CniError, cniCodes, integer, optional, withDefault } from '../cni/index.ts';
import type { Call, NetworkConfig } from '../cni/index.ts';
import type { LinkSpec } from '../cnm/link/spec.ts';
import { interfaceName } from './interface-name.ts';

/** The keys of such a plugin. */
export const masterKeys = {
  master: optional(interfaceName),
  mtu: withDefault(0, integer(0, 65535)),
  linkInContainer: withDefault(false, boolean),
};

interface MasterConfig extends NetworkConfig {
  readonly master?: string | undefined;
  readonly mtu: number;
  readonly linkInContainer: boolean;
}

type Below = Pick<Extract<LinkSpec, { isMasterInside: boolean }>, 'master' | 'mtu' | 'isMasterInside'>;

/**
 * The master of an ADD, and what follows from it: named by the configuration, or else the only interface of the plugins
 * before in the chain. Without either it is left open. Throws CniError 7.
 */
export function masterOf({ config, prevResult }: Call<MasterConfig>): Below {
  const { master, mtu, linkInContainer } = config;
  const below = { mtu: mtu === 0 ? undefined : mtu, isMasterInside: linkInContainer };
  if (master !== undefined || prevResult === undefined) return { ...below, master };
  const [only, ...others] = prevResult.interfaces;
  if (only !== undefined && only.name !== '' && others.length === 0) return { ...below, master: only.name };
  const names = prevResult.interfaces.map(({ name }) => `"${name}"`).join(', ');
  throw new CniError(
    cniCodes.invalidConfig,
    'chained master failure. PrevResult lacks a single named interface',
    `its interfaces are [${names}]: name one of them as "master"`,
  );
}
