// Who may call what is behind a device of the host.
import type { Ingress } from '../state/endpoint.ts';
import type { SetElements } from './layout.ts';
import { deviceSets } from './sets.ts';

/** What endpoints want for the device that they are behind. */
export interface DevicePolicy {
  readonly device: string;
  readonly ingress: Ingress;
}

/** The elements for devices with these policies; where endpoints behind one disagree, the strictest is done. */
export function guardElements(policies: readonly DevicePolicy[]): SetElements[] {
  const having = (ingress: Ingress): string[] =>
    policies.filter((policy) => policy.ingress === ingress).map(({ device }) => device);
  const isolated = new Set(having('isolated'));
  const same = new Set(having('same-bridge').filter((device) => !isolated.has(device)));
  const elements: SetElements[] = [
    { set: deviceSets.guarded, elements: [...isolated, ...same].map((device) => ({ key: [device] })) },
    { set: deviceSets.neighbours, elements: [...same].map((device) => ({ key: [device, device] })) },
  ];
  return elements.filter((one) => one.elements.length > 0);
}
