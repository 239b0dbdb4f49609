// What sysfs says about the devices of the host (sysfs(5)).
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';

const PCI_ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

/** Drivers that give a device to a process: the kernel has no link for it. */
const USERSPACE_DRIVERS = ['vfio-pci', 'uio_pci_generic', 'igb_uio'];

/** The folder of a device, by its bus and its id there. */
export function folderOf(bus: string, id: string): string {
  return join('/sys/bus', bus, 'devices', id);
}

/** The names of the links of a device; virtio puts a device of its own between. Empty when there are none. */
export function linkNamesOf(folder: string): string[] {
  const own = namesIn(join(folder, 'net'));
  if (own.length > 0) return own;
  return namesIn(folder)
    .filter((name) => name.startsWith('virtio'))
    .flatMap((name) => namesIn(join(folder, name, 'net')));
}

/** Tells whether a process drives the device, as DPDK does. */
export function isDrivenInUserspace(folder: string): boolean {
  try {
    return USERSPACE_DRIVERS.includes(basename(readlinkSync(join(folder, 'driver'))));
  } catch {
    return false;
  }
}

/** The address on the PCI bus of the device behind a link of the host; undefined when there is none. */
export function pciIdOf(ifname: string): string | undefined {
  let path: string;
  try {
    path = realpathSync(join('/sys/class/net', ifname, 'device'));
  } catch {
    return undefined;
  }
  const [device = '', parent = ''] = path.split('/').reverse();
  const id = device.startsWith('virtio') ? parent : device;
  return PCI_ADDRESS.test(id) ? id : undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
