// What keeps endpoints behind a device of the host from others, as elements.
import type { Wall } from '../state/wall.ts';
import type { Element } from '../netlink/netfilter/set.ts';
import { guardElements } from './ingress.ts';
import type { DevicePolicy } from './ingress.ts';
import type { SetElements } from './layout.ts';
import { deviceSets } from './sets.ts';

/** What endpoints want for the device that they are behind: to be kept from something. */
export interface DeviceWall {
  readonly device: string;
  readonly wall: Wall;
}

/** What endpoints want for their devices, each thing once. */
export interface DeviceWishes {
  readonly policies: readonly DevicePolicy[];
  readonly walls: readonly DeviceWall[];
}

const name = (device: string): Element => ({ key: [device] });
const twice = (device: string): Element => ({ key: [device, device] });

function wallElements(walls: readonly DeviceWall[]): SetElements[] {
  const behind = (wall: Wall): string[] =>
    walls.filter((one) => one.wall === wall).map(({ device }) => device);
  const internal = behind('outside');
  return [
    { set: deviceSets.apart, elements: behind('members').map(twice) },
    { set: deviceSets.isolated, elements: behind('networks').map(name) },
    { set: deviceSets.internal, elements: internal.map(name) },
    { set: deviceSets.enclosed, elements: internal.map(twice) },
  ];
}

/** The elements for devices; where endpoints behind one disagree, the strictest is done. */
export function deviceElements({ policies, walls }: DeviceWishes): SetElements[] {
  const isolated = walls.filter(({ wall }) => wall === 'networks');
  const called = isolated.map(({ device }): DevicePolicy => ({ device, ingress: 'same-bridge' }));
  const all = [...policies, ...called.filter(({ device }) => !isIn(policies, device))];
  return [...guardElements(all), ...wallElements(walls)].filter(({ elements }) => elements.length > 0);
}

// Who has a policy that is at least as strict is guarded already, and an element is there once.
function isIn(policies: readonly DevicePolicy[], device: string): boolean {
  return policies.some((one) => one.device === device && one.ingress !== 'open');
}

/** All elements that there may be for a device. */
export function possibleElements(device: string): SetElements[] {
  return deviceElements({
    policies: [{ device, ingress: 'same-bridge' }],
    walls: [
      { device, wall: 'members' },
      { device, wall: 'networks' },
      { device, wall: 'outside' },
    ],
  });
}

/** The elements that keep these pairs of devices from each other, both ways; there are none without pairs. */
export function filteredElements(pairs: readonly (readonly [string, string])[]): SetElements {
  const both = pairs.flatMap(([one, other]) => [{ key: [one, other] }, { key: [other, one] }]);
  return { set: deviceSets.filtered, elements: both };
}
