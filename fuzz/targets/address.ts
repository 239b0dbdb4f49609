// Addresses of every kind, and what a person writes of a port.
import { Cidr, InterfaceAddress, Ip, Mac } from '../../address/index.ts';
import { parseRequestedAddress } from '../../cni/address-text.ts';
import { readPort } from '../../cli/port-option.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { inputs, law, reading, textOf } from '../target.ts';
import type { Target } from '../target.ts';

const parsers: Readonly<Record<string, (text: string) => { toString(): string }>> = {
  ip: (text) => Ip.parse(text),
  cidr: (text) => Cidr.parse(text),
  mac: (text) => Mac.parse(text),
  interface: (text) => InterfaceAddress.parse(text),
  requested: parseRequestedAddress,
};

export const address: Target = {
  about: 'the text of an address, a subnet, a MAC, a published port',
  words: [
    '::',
    ':',
    '.',
    '/',
    '[',
    ']',
    '%',
    '0',
    'ffff',
    '255',
    '256',
    '128',
    '129',
    '-1',
    '/tcp',
    '/udp',
    '-',
    ' ',
  ],
  seeds: () =>
    inputs(
      ...[
        '10.1.0.2',
        '10.1.0.0/24',
        '::',
        '::1',
        'fd00:1::2/64',
        '::ffff:10.1.0.2',
        '1:2:3:4:5:6:7:8',
        '0/0',
      ],
      ...['02:42:0a:01:00:02', '02-42-0a-01-00-02', '8080:80', '127.0.0.1:8080:80/udp', '[::1]:8080:80/tcp'],
    ),
  run: (input) => {
    const text = textOf(input);
    for (const [name, parse] of Object.entries(parsers)) {
      const told = reading(() => parse(text), TsnetError)?.value.toString();
      if (told !== undefined) law(parse(told).toString() === told, `${name}: "${told}" is told otherwise`);
    }
    reading(() => readPort(text), TsnetError);
  },
};
