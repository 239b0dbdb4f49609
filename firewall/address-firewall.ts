// Table inet tsnet, together with what all endpoints behind a device of the host share: who may call them, and accept rules
// where a filter of somebody else would drop their traffic.
import { log } from '../log/log.ts';
import type { Connection } from '../netlink/connection.ts';
import { commonElements, confinedElements } from './egress.ts';
import type { HostNetwork, PoliciesInUse } from './egress.ts';
import { Firewall } from './firewall.ts';
import type { FirewallRecord, Surroundings } from './firewall.ts';
import { ADMIN_CHAIN, missingForwarding, syncForwarding } from './forwarding.ts';
import type { Intent } from './intent.ts';
import type { SetElements } from './layout.ts';
import { filtersOutOfReach } from './out-of-reach.ts';
import { addressTable } from './ruleset.ts';
import { deviceElements, filteredElements, possibleElements } from './walls.ts';
import type { DeviceWishes } from './walls.ts';

/** What the store wants in the table and for devices of the host, at the moment of asking. */
export interface AddressRecord extends FirewallRecord<Intent> {
  /** What is wanted for a device of the host, or for all of them. */
  wishes(device?: string): DeviceWishes;
  /** The devices, or that one alone, behind which somebody may not call everything. */
  confined(device?: string): string[];
  policiesInUse(): PoliciesInUse;
  /** The pairs of devices that have a filter between them. */
  filtered(): [string, string][];
  /** The subnets that the host itself is in. */
  hostNetworks(): HostNetwork[];
}

/** What all endpoints want together, beside what each wants for itself. */
export function sharedElementsOf(record: AddressRecord): SetElements[] {
  return [
    ...deviceElements(record.wishes()),
    ...confinedElements(record.confined()),
    ...[...commonOf(record), filteredOf(record)].filter(({ elements }) => elements.length > 0),
  ];
}

function filteredOf(record: AddressRecord): SetElements {
  return filteredElements(record.isEmpty() ? [] : record.filtered());
}

function commonOf(record: AddressRecord): SetElements[] {
  const inUse = record.policiesInUse();
  return commonElements(inUse, inUse.internet ? record.hostNetworks() : []);
}

/** The table in one network namespace. */
export class AddressFirewall extends Firewall<Intent, AddressRecord> {
  constructor(connection: Connection, surroundings: Surroundings, record: AddressRecord) {
    super(addressTable, connection, surroundings, record);
  }

  /**
   * Makes what all behind a device of the host share as the store says: who may call it, and accept rules where a filter of
   * somebody else would drop its traffic. Where none is, nothing is done.
   */
  settle(device: string, adminChain = ADMIN_CHAIN): void {
    this.alone(() => {
      const wishes = this.record.wishes(device);
      // Without an endpoint there is no table.
      if (!this.record.isEmpty()) this.settleElements(deviceElements(wishes), possibleElements(device));
      const devices = wishes.policies.length > 0 ? [device] : [];
      syncForwarding(this.connection, { about: device, devices, adminChain });
    });
    log('info', 'filters of others were looked at', () => ({
      device,
      outOfReach: filtersOutOfReach(this.connection),
    }));
  }

  /** What is missing or wrong of what all behind a device share, in words. */
  unsettled(device: string): string[] {
    const wishes = this.record.wishes(device);
    const elements = deviceElements(wishes);
    const missing = elements.length === 0 ? [] : this.missingElements(elements);
    return [...missing, ...(wishes.policies.length > 0 ? missingForwarding(this.connection, device) : [])];
  }

  /** Makes the policies for what is behind a device, and what all policies share, be in force as the store says. */
  confine(device: string): void {
    this.alone(() => {
      this.settleElements(confinedElements(this.record.confined(device)), confinedElements([device]));
      this.refill(commonOf(this.record));
    });
  }

  /** What is missing or wrong of the policies for what is behind a device, in words. */
  unconfined(device: string): string[] {
    return this.missingElements([
      ...confinedElements(this.record.confined(device)),
      ...commonOf(this.record),
    ]);
  }

  /** Keeps those devices from each other, and no others, that the store says have a filter between them. */
  partFiltered(): void {
    this.alone(() => {
      // Without an endpoint there is nobody to keep apart, and no table.
      if (!this.record.isEmpty()) this.refill([filteredElements(this.record.filtered())]);
    });
  }

  override restore(): void {
    super.restore();
    this.settleAll();
  }

  /** Makes the accept rules in filters of others as the store says, for all devices. */
  settleAll(): void {
    this.alone(() => {
      syncForwarding(this.connection, { devices: this.#devices(), adminChain: ADMIN_CHAIN });
    });
  }

  /** What is missing for the traffic of all devices to pass the filters of others, in words. */
  allUnsettled(): string[] {
    return missingForwarding(this.connection, ...this.#devices());
  }

  protected override sharedElements(): SetElements[] {
    return sharedElementsOf(this.record);
  }

  #devices(): string[] {
    return [...new Set(this.record.wishes().policies.map(({ device }) => device))];
  }
}
