// `tsnet network connect` and `disconnect`: networks of a sandbox that is there.
import type { Command } from 'commander';
import { Host } from '../../cnm/host.ts';
import { getNetwork } from '../../cnm/network.ts';
import { getLiveSandbox } from '../../cnm/sandbox.ts';
import { collectSandboxes } from '../../cnm/sandbox-end.ts';
import { assertConnectable, connectSandbox, disconnectSandbox } from '../../cnm/sandbox-connect.ts';
import { isTsnetError } from '../../errors/tsnet-error.ts';
import type { Context } from '../context.ts';
import { placeOn } from '../network-option.ts';
import type { PlaceOptions } from '../network-option.ts';
import { collect } from '../sandbox-options.ts';

export function addConnect(network: Command, context: Context): void {
  network
    .command('connect')
    .description('connect a sandbox to one more network')
    .argument('<network>', 'its name or id')
    .argument('<sandbox>', 'its name or id')
    .option('--ip <address>', 'the address to ask for')
    .option('--ip6 <address>', 'the IPv6 address to ask for')
    .option('--mac-address <address>', 'the link-layer address')
    .option('--alias <name>', 'a further name for the members of the network; may be repeated', collect, [])
    .option('--link-local-ip <address>', 'a further address, of the link alone; may be repeated', collect, [])
    .option('--gw-priority <number>', 'the network of the highest is the way out; 0 if left out')
    .action((name: string, sandboxName: string, options: PlaceOptions) => {
      Host.with(context.env, (host) => {
        collectSandboxes(host);
        const sandbox = getLiveSandbox(host, sandboxName);
        assertConnectable(sandbox, name);
        const place = placeOn(name, options);
        connectSandbox(host, sandbox, { ...place, network: getNetwork(host, place.network) });
      });
    });
  network
    .command('disconnect')
    .description('take a sandbox off a network')
    .argument('<network>', 'its name or id')
    .argument('<sandbox>', 'its name or id')
    .option('-f, --force', 'that it is not on the network, or not there, is no error', false)
    .action((name: string, sandboxName: string, { force }: { force: boolean }) => {
      Host.with(context.env, (host) => {
        collectSandboxes(host);
        try {
          const sandbox = getLiveSandbox(host, sandboxName);
          assertConnectable(sandbox, name);
          disconnectSandbox(host, sandbox, getNetwork(host, placeOn(name, NOTHING).network));
        } catch (error) {
          if (!force || !isTsnetError(error, 'TSNET_NOT_FOUND')) throw error;
        }
      });
    });
}

const NOTHING: PlaceOptions = { alias: [], linkLocalIp: [] };
