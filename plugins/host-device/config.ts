// The keys of the `host-device` plugin, as the reference plugin has them.
import { checked, CniError, cniCodes, macText, networkConfig, optional, text } from '../../cni/index.ts';
import type { NetworkConfig, Output } from '../../cni/index.ts';
import type { DeviceChoice } from '../../cnm/request.ts';

const PCI_ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i;
const AUXILIARY_ID = /^[\w-]+(\.[\w-]+)*\.\d+$/;

const NO_DEVICE = 'specify either "device", "hwaddr", "kernelpath" or "pciBusID"';

const pciAddress = checked(text, (id, report) => {
  if (!PCI_ADDRESS.test(id)) report([], 'a PCI address is written as 0000:00:1f.6');
});

const kernelPath = checked(text, (path, report) => {
  if (!path.startsWith('/sys/devices/') || path.split('/').includes('..'))
    report([], 'kernel device path must be absolute and begin with /sys/devices/');
});

export const hostDeviceConfig = checked(
  networkConfig({
    device: optional(text),
    hwaddr: optional(macText),
    kernelpath: optional(kernelPath),
    pciBusID: optional(pciAddress),
  }),
  (config, report) => {
    const { device, hwaddr, kernelpath, pciBusID, runtimeConfig } = config;
    const id = runtimeConfig?.deviceID;
    if ([device, hwaddr, kernelpath, pciBusID, id].every((one) => one === undefined)) report([], NO_DEVICE);
    if (id !== undefined && !PCI_ADDRESS.test(id) && !AUXILIARY_ID.test(id))
      report(['runtimeConfig', 'deviceID'], 'neither a PCI address nor the name of an auxiliary device');
  },
);

export type HostDeviceConfig = Output<typeof hostDeviceConfig>;

/** The device that a configuration means: of several keys the first counts, as with the reference. */
export function deviceChoice(config: HostDeviceConfig & NetworkConfig): DeviceChoice {
  const { device, hwaddr, kernelpath, pciBusID, runtimeConfig } = config;
  if (device !== undefined) return { by: 'name', name: device };
  if (hwaddr !== undefined) return { by: 'mac', mac: hwaddr };
  if (kernelpath !== undefined) return { by: 'path', path: kernelpath };
  const id = runtimeConfig?.deviceID ?? pciBusID;
  if (id === undefined) throw new CniError(cniCodes.invalidConfig, NO_DEVICE);
  return PCI_ADDRESS.test(id)
    ? { by: 'bus', bus: 'pci', id: id.toLowerCase() }
    : { by: 'bus', bus: 'auxiliary', id };
}
