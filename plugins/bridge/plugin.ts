// The `bridge` plugin: a container gets a veth pair into a bridge, addresses, masquerade and published ports.
import { Mac } from '../../address/index.ts';
import { CniError, cniCodes, definePlugin } from '../../cni/index.ts';
import type { Call } from '../../cni/index.ts';
import { assertAttachable, attach } from '../../cnm/attach.ts';
import { releaseFromHostLocal } from '../../cnm/host-local.ts';
import { Host } from '../../cnm/host.ts';
import type { BridgeRequest } from '../../cnm/request.ts';
import { assertReady } from '../../cnm/status.ts';
import { isTsnetError } from '../../errors/tsnet-error.ts';
import { endpointVerbs, keyOf, toResult } from '../endpoint.ts';
import { addressingOf, askIpam, folderOfHostLocal, hasForeignIpam, tellIpam } from './addressing.ts';
import type { IpamAnswer } from './addressing.ts';
import { bridgeConfig, bridgeSpec, refuseUnsupported } from './config.ts';
import type { BridgeConfig } from './config.ts';

type BridgeCall = Call<BridgeConfig>;

// The first of these that names one: the runtime's, the configuration's, the old CNI_ARGS.
function requestedMac({ config, args }: BridgeCall): Mac | undefined {
  const text = args.get('MAC');
  return (
    config.runtimeConfig?.mac ?? config.args?.cni?.mac ?? (text === undefined ? undefined : Mac.parse(text))
  );
}

function toRequest(call: BridgeCall, { addressing, routes }: IpamAnswer): BridgeRequest {
  const ports = call.config.runtimeConfig?.portMappings ?? [];
  return {
    mode: 'bridge',
    key: keyOf(call),
    netns: call.netns,
    bridge: bridgeSpec(call.config),
    addressing,
    mac: requestedMac(call),
    routes,
    ports: ports.map(({ protocol, hostPort, containerPort, hostIP }) => {
      return { protocol, hostPort, containerPort, hostIp: hostIP };
    }),
  };
}

function add(call: BridgeCall) {
  refuseUnsupported(call.rawConfig);
  if (hasForeignIpam(call)) {
    // Its DEL, after a failure, would free what an endpoint of this key holds.
    const target = { mode: 'bridge', key: keyOf(call), netns: call.netns } as const;
    Host.with(call.env, (host) => assertAttachable(host, target));
  }
  try {
    const answer = askIpam(call);
    const attachment = Host.with(call.env, (host) => attach(host, toRequest(call, answer)));
    return toResult(attachment, call.config.dns ?? answer.dns);
  } catch (error) {
    giveUpIpam(call);
    throw error;
  }
}

// A delegate is told of every ADD that failed, its own included; the error that led here is the one to tell.
function giveUpIpam(call: BridgeCall): void {
  try {
    tellIpam(call, 'DEL');
  } catch {
    return;
  }
}

// Whatever is in the way of an ADD makes the plugin unavailable (CNI spec 1.1.0, section 4, code 50).
function status(call: BridgeCall): void {
  try {
    Host.with(call.env, (host) => assertReady(host, call.network, addressingOf(call)));
  } catch (error) {
    if (!isTsnetError(error)) throw error;
    throw new CniError(cniCodes.unavailable, error.message, error.details);
  }
  tellIpam(call, 'STATUS');
}

export const bridge = definePlugin({
  type: 'bridge',
  about: 'tsnet bridge: connects a container to a bridge, with addresses, masquerade and published ports',
  config: bridgeConfig,
  args: ['IP', 'MAC', 'GATEWAY'],
  add,
  check: (call) => {
    endpointVerbs.check(call);
    tellIpam(call, 'CHECK');
  },
  del: (call) => {
    endpointVerbs.del(call);
    const folder = folderOfHostLocal(call);
    if (folder !== undefined) releaseFromHostLocal(folder, keyOf(call));
    tellIpam(call, 'DEL');
  },
  gc: (call) => {
    endpointVerbs.gc(call);
    tellIpam(call, 'GC');
  },
  status,
});
