// What a network is to do, and cannot do together.
import { everywhere } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import type { BridgeRequest } from '../request.ts';

/** Throws TSNET_CONFIG for a request that contradicts itself, naming the two parts. */
export function assertConsistent(request: BridgeRequest): void {
  const contradiction = findContradiction(request);
  if (contradiction !== undefined) throw new TsnetError('TSNET_CONFIG', contradiction);
}

function findContradiction({
  bridge,
  port,
  ports,
  routes,
  addressing,
  egress,
}: BridgeRequest): string | undefined {
  if (bridge.walls.includes('outside')) {
    const [published] = ports;
    if (published !== undefined)
      return `host port ${published.hostPort}/${published.protocol}: an internal network publishes no ports, leave it out`;
    if (bridge.isMasqueraded) return internal('ipMasq true');
    if (bridge.isDefaultGateway) return internal('isDefaultGateway true, isGateway is enough');
    if (egress === 'internet') return internal('egress "internet"');
    const out = routes.find(({ dst, gw }) => gw === undefined && dst.equals(everywhere[dst.family]));
    if (out !== undefined) return internal(`route ${out.dst.toString()} by the gateway`);
  }
  if (port?.guard === 'addresses') {
    if (addressing.from === 'nowhere')
      return 'antiSpoof true: contradicts having no ipam, an address is needed to be sent from';
    const trunk = port.vlans?.trunk ?? [];
    if (trunk.length > 0)
      return 'antiSpoof true: contradicts vlanTrunk, the addresses in its VLANs are not known';
  }
  return undefined;
}

function internal(what: string): string {
  return `internal true: contradicts ${what}`;
}
