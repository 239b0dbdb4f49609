import { describe, expect, test } from 'vitest';
import { Ip } from '../address/index.ts';
import { readPort } from './port-option.ts';

test.for<[string, string | undefined, number, number, string]>([
  ['8080:80', undefined, 8080, 80, 'tcp'],
  ['8080:80/udp', undefined, 8080, 80, 'udp'],
  ['8080:80/UDP', undefined, 8080, 80, 'udp'],
  ['127.0.0.1:8080:80', '127.0.0.1', 8080, 80, 'tcp'],
  ['0.0.0.0:1:65535/sctp', '0.0.0.0', 1, 65535, 'sctp'],
  ['[::1]:8080:80', '::1', 8080, 80, 'tcp'],
  ['[2001:DB8::1]:53:5353/udp', '2001:db8::1', 53, 5353, 'udp'],
])('%s', ([text, hostIp, hostPort, containerPort, protocol]) => {
  expect(readPort(text)).toEqual({
    protocol,
    hostPort,
    containerPort,
    hostIp: hostIp === undefined ? undefined : Ip.parse(hostIp),
  });
});

describe('what is wrong is named', () => {
  test.for<[string, RegExp]>([
    ['80', /^-p "80": must be \[ip:\]hostPort:containerPort/],
    ['', /^-p "": must be/],
    [':80:80:80', /must be/],
    ['::1:8080:80', /must be/],
    ['0:80', /port 0 is not between 1 and 65535/],
    ['80:65536', /port 65536 is not between 1 and 65535/],
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
