// Which device of the host a request means.
import { TsnetError } from '../../errors/tsnet-error.ts';
import { findLink, listLinks } from '../../netlink/route/link.ts';
import type { Link } from '../../netlink/route/link.ts';
import type { Host } from '../host.ts';
import type { DeviceChoice } from '../request.ts';
import { folderOf, isDrivenInUserspace, linkNamesOf } from './sysfs.ts';

/** Throws TSNET_CONFIG when the host has no such link. */
export function findDevice(host: Host, choice: DeviceChoice): Link {
  const link = linkOf(host, choice);
  if (link !== undefined) return link;
  throw new TsnetError('TSNET_CONFIG', `${describe(choice)}: the host has no such network device`);
}

/** The id on the PCI bus of a device that a process drives; undefined for one that the kernel has a link of. */
export function userspaceDevice(choice: DeviceChoice): string | undefined {
  if (choice.by !== 'bus' || choice.bus !== 'pci') return undefined;
  return isDrivenInUserspace(folderOf('pci', choice.id)) ? choice.id : undefined;
}

function linkOf(host: Host, choice: DeviceChoice): Link | undefined {
  switch (choice.by) {
    case 'name':
      return findLink(host.route, { ifname: choice.name });
    case 'mac':
      return listLinks(host.route).find(({ attributes }) => attributes.address?.equals(choice.mac) === true);
    case 'path':
      return firstOf(host, choice.path);
    case 'bus':
      return firstOf(host, folderOf(choice.bus, choice.id));
  }
}

function firstOf(host: Host, folder: string): Link | undefined {
  for (const ifname of linkNamesOf(folder)) {
    const link = findLink(host.route, { ifname });
    if (link !== undefined) return link;
  }
  return undefined;
}

function describe(choice: DeviceChoice): string {
  switch (choice.by) {
    case 'name':
      return `device "${choice.name}"`;
    case 'mac':
      return `hwaddr "${choice.mac.toString()}"`;
    case 'path':
      return `kernelpath "${choice.path}"`;
    case 'bus':
      return `${choice.bus} device "${choice.id}"`;
  }
}
