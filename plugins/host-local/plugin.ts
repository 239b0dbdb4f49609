// The `host-local` plugin: gives addresses from pools to plugins that are not tsnet's.
import { definePlugin, networkConfig } from '../../cni/index.ts';
import { askPools } from '../addressing.ts';
import { leaseVerbs } from '../leased.ts';

export const hostLocal = definePlugin({
  type: 'host-local',
  about: 'tsnet host-local: gives addresses from the pools of a network to plugins that ask for them',
  config: networkConfig({}),
  args: ['IP', 'MAC', 'GATEWAY'],
  ...leaseVerbs(askPools),
});
