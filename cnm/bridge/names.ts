// How a bridge of tsnet's is told from others.
import { Mac } from '../../address/index.ts';

/**
 * The link-layer address of a bridge that tsnet makes. It is set when the bridge is created, so it tells whose a bridge
 * is from its first moment on; the alias, which the kernel takes only later, is for people.
 */
export function bridgeMac(name: string): Mac {
  return Mac.fromSeed(`tsnet bridge ${name}`);
}

export const BRIDGE_ALIAS = 'tsnet bridge';
