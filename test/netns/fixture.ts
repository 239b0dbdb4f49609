// The tests' frame: a lab for each test, and the proof after it that nothing was left.
import { expect, test as base, vi } from 'vitest';
import { Cni } from './cni.ts';
import { Lab, whyNoLab } from './lab.ts';
import { findLeftovers, linkNames } from './leftovers.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const obstacle = whyNoLab();

interface Fixtures {
  readonly lab: Lab;
  readonly cni: Cni;
  /** Names of links that the test makes itself and leaves to the lab. */
  readonly ownLinks: string[];
}

/** A test that gets a lab. Afterwards what it attached is detached, and nothing may be left. */
export const test = base.extend<Fixtures>({
  ownLinks: async ({}, use) => {
    await use(['lo', 'up0']);
  },
  lab: async ({ skip, ownLinks }, use) => {
    if (obstacle !== undefined) skip(obstacle);
    const lab = await Lab.start();
    try {
      ownLinks.push(...linkNames(lab));
      await use(lab);
      expect(findLeftovers(lab, ownLinks)).toEqual([]);
    } finally {
      await lab.end();
    }
  },
  cni: async ({ lab }, use) => {
    const cni = new Cni(lab);
    await use(cni);
    cni.deleteAll();
  },
});

/** A network on bridge cni0 with both families; `keys` add to it or replace. */
export function bridgeConfig(keys: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    cniVersion: '1.1.0',
    name: 'net',
    type: 'bridge',
    bridge: 'cni0',
    isDefaultGateway: true,
    ipMasq: true,
    ipam: { type: 'host-local', ranges: [[{ subnet: '10.1.0.0/24' }], [{ subnet: 'fd00:1::/64' }]] },
    ...keys,
  };
}

/** The same, with published ports. */
export function portsConfig(portMappings: readonly object[]): Record<string, unknown> {
  return bridgeConfig({ runtimeConfig: { portMappings } });
}
