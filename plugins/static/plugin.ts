// The `static` plugin: gives the addresses that its configuration names to plugins that are not tsnet's.
import { definePlugin, networkConfig } from '../../cni/index.ts';
import { askStatic } from '../addressing.ts';
import { leaseVerbs } from '../leased.ts';

export const staticAddresses = definePlugin({
  type: 'static',
  about: 'tsnet static: gives the addresses that its configuration names to plugins that ask for them',
  config: networkConfig({}),
  args: ['IP', 'MAC', 'GATEWAY'],
  ...leaseVerbs(askStatic),
});
