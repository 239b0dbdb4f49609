// Settings of the devices that endpoints are behind.
import type { Flag } from './flag.ts';
import { networksOf } from './source.ts';
import type { Device, Member, World } from './world.ts';

function setting(device: string, path: string): string {
  return `echo 0 > /proc/sys/net/${path.replace('*', device)}`;
}

function hostEndFlags(device: Device, members: readonly Member[]): Flag[] {
  const where = `device ${device.name}`;
  const hasPorts = members.some(
    (member) => member.device === device.name && member.published.some(({ hostIp }) => hostIp.family === 4),
  );
  const flags: Flag[] = [];
  if (device.isLocalnetRouted && !hasPorts)
    flags.push({
      ...{ code: 'route-localnet', where },
      what: 'it takes packets for 127.0.0.0/8 (route_localnet) although no port is published behind it',
      mend: setting(device.name, 'ipv4/conf/*/route_localnet'),
    });
  // A bridge has the frames of its ports before IP sees them.
  const isPort = members.some(({ port, plug }) => port === device.name && plug === device.master);
  if (device.takesAdvice && !isPort)
    flags.push({
      ...{ code: 'accept-ra', where },
      what: 'the host takes router advertisements of what is behind it (accept_ra)',
      mend: setting(device.name, 'ipv6/conf/*/accept_ra'),
    });
  return flags;
}

function portFlags({ kernel }: World, member: Member): Flag[] {
  const { port, plug = '', walls, owner } = member;
  const device = kernel.devices.find(({ name }) => name === port);
  if (port === undefined || device?.master !== plug || device.isIsolated || !walls.includes('members'))
    return [];
  const what = `its members may not call each other (icc false), but the port of ${owner} is not isolated`;
  const mend = `bridge link set dev ${port} isolated on`;
  return [{ code: 'port-not-isolated', where: `network ${member.network}`, what, mend }];
}

function learningFlags({ kernel, members }: World): Flag[] {
  const plugs = new Set(members.filter(({ guard }) => guard === 'addresses').map(({ plug }) => plug));
  return kernel.devices
    .filter(({ name, learnsUnseen }) => plugs.has(name) && learnsUnseen)
    .map(({ name }) => ({
      ...{ code: 'learns-unseen', where: `device ${name}` },
      what: 'the bridge learns from frames that no rule sees, although antiSpoof is asked for',
      mend: `ip link set dev ${name} type bridge no_linklocal_learn 1`,
    }));
}

/** What is set otherwise than tsnet sets it. */
export function deviceFlags(world: World): Flag[] {
  const { kernel, members } = world;
  const own = new Set(members.flatMap(({ device, plug, port }) => [device, plug, port]));
  const devices = kernel.devices.filter(({ name }) => own.has(name));
  return [
    ...devices.flatMap((device) => hostEndFlags(device, members)),
    ...[...networksOf(members).values()].flat().flatMap((member) => portFlags(world, member)),
    ...learningFlags(world),
  ];
}
