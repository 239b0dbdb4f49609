// IP addresses, blocks of them and MAC addresses as immutable values.
export { Cidr, everywhere } from './cidr.ts';
export { InterfaceAddress } from './interface-address.ts';
export { addressBits, Ip, type Family } from './ip.ts';
export { Mac } from './mac.ts';
