import { describe, expect, test } from 'vitest';
import { Ip } from '../address/index.ts';
import { readPort } from './port-option.ts';

/** What a -p means, each wish in a few characters: ip host-range>container/protocol. */
function told(text: string): string[] {
  return readPort(text).map(({ hostIp, hostPorts, containerPort, protocol }) => {
    const host = hostPorts === undefined ? 'any' : `${hostPorts.first}-${hostPorts.last}`;
    return `${hostIp?.toString() ?? ''} ${host}>${containerPort}/${protocol}`;
  });
}

test.for<[string, string[]]>([
  ['8080:80', [' 8080-8080>80/tcp']],
  ['8080:80/udp', [' 8080-8080>80/udp']],
  ['8080:80/UDP', [' 8080-8080>80/udp']],
  ['127.0.0.1:8080:80', ['127.0.0.1 8080-8080>80/tcp']],
  ['0.0.0.0:1:65535/sctp', ['0.0.0.0 1-1>65535/sctp']],
  ['[::1]:8080:80', ['::1 8080-8080>80/tcp']],
  ['[2001:DB8::1]:53:5353/udp', ['2001:db8::1 53-53>5353/udp']],
  ['80', [' any>80/tcp']],
  [':80', [' any>80/tcp']],
  ['127.0.0.1::80/udp', ['127.0.0.1 any>80/udp']],
  ['[::1]::80', ['::1 any>80/tcp']],
  ['8000-8099:80', [' 8000-8099>80/tcp']],
  ['8000-8001:9000-9001', [' 8000-8000>9000/tcp', ' 8001-8001>9001/tcp']],
  ['127.0.0.1:8000-8001:80-81/udp', ['127.0.0.1 8000-8000>80/udp', '127.0.0.1 8001-8001>81/udp']],
  ['80-81', [' any>80/tcp', ' any>81/tcp']],
])('%s', ([text, wishes]) => {
  expect(told(text)).toEqual(wishes);
});

test('an address is one', () => {
  expect(readPort('[::1]:8080:80')[0]?.hostIp).toEqual(Ip.parse('::1'));
});

describe('what is wrong is named', () => {
  test.for<[string, RegExp]>([
    ['', /^-p "": must be/],
    ['http', /^-p "http": must be \[ip:\]hostPort:containerPort/],
    [':80:80:80', /must be/],
    ['::1:8080:80', /must be/],
    ['0:80', /port 0 is not between 1 and 65535/],
    ['80:65536', /port 65536 is not between 1 and 65535/],
    ['80-70:80-70', /range 80-70 ends before it begins/],
    ['8000-8002:80-81', /invalid ranges specified for container and host Ports: 80-81 and 8000-8002/],
    ['80:80/icmp', /protocol "icmp" is none of tcp, udp, sctp/],
    ['80:80/toString', /protocol "toString" is none of/],
    ['[::g]:80:80', /"::g" is no IP address/],
    ['127.1:80:80', /"127\.1" is no IP address/],
    ['-1:80', /must be/],
    ['80:80 ', /must be/],
  ])('%s', ([text, message]) => {
    expect(() => readPort(text)).toThrow(message);
  });
});
