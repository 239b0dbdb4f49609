// IP addresses, blocks of them and MAC addresses as immutable values, and the digest that names and addresses are made of.
export { Cidr, everywhere } from './cidr.ts';
export { digestOf } from './digest.ts';
export { InterfaceAddress } from './interface-address.ts';
export { addressBits, Ip, type Family } from './ip.ts';
export { Mac } from './mac.ts';
