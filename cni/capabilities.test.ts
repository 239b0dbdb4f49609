import { expect, test } from 'vitest';
import { explained } from '../test/explained.ts';
import { capabilities } from './capabilities.ts';
import { validate } from './validate.ts';

const parse = (value: unknown) => validate(capabilities, value, 'runtimeConfig');

test("go-cni's spelling is understood", () => {
  const parsed = parse({
    portMappings: [{ HostPort: 8080, ContainerPort: 80, Protocol: 'UDP', HostIP: '' }],
    bandwidth: { IngressRate: 1000, IngressBurst: 4294967295, EgressRate: 0, EgressBurst: 0 },
    dns: { Servers: ['10.0.0.1'], Searches: null, Options: [] },
    ipRanges: [[{ Subnet: '10.1.0.0/24', RangeStart: '', RangeEnd: '', Gateway: '' }]],
  });
  expect(parsed.portMappings).toEqual([{ hostPort: 8080, containerPort: 80, protocol: 'udp' }]);
  expect(parsed.bandwidth).toEqual({
    ingressRate: 1000,
    ingressBurst: 4294967295,
    egressRate: 0,
    egressBurst: 0,
  });
  expect(parsed.dns).toEqual({ servers: ['10.0.0.1'], options: [] });
  expect(parsed.ipRanges?.[0]?.[0]?.subnet.toString()).toBe('10.1.0.0/24');
  expect(parsed.ipRanges?.[0]?.[0]?.gateway).toBeUndefined();
});

test('the protocol of a port is tcp unless said otherwise', () => {
  expect(parse({ portMappings: [{ hostPort: 1, containerPort: 2 }] }).portMappings?.[0]?.protocol).toBe(
    'tcp',
  );
});

test('addresses become values', () => {
  const parsed = parse({ ips: ['10.0.0.2', 'fd00::2/64'], mac: 'C2:11:22:33:44:55' });
  expect(parsed.ips?.map(String)).toEqual(['10.0.0.2', 'fd00::2/64']);
  expect(parsed.mac?.toString()).toBe('c2:11:22:33:44:55');
});

test.each([
  [
    { portMappings: [{ hostPort: 0, containerPort: 80 }] },
    /^runtimeConfig\.portMappings\[0\]\.hostPort 0: too small/,
  ],
  [{ portMappings: [{ hostPort: 65536, containerPort: 80 }] }, /hostPort 65536: too big/],
  [{ portMappings: [{ hostPort: 80 }] }, /^runtimeConfig\.portMappings\[0\]\.containerPort: missing$/],
  [
    { portMappings: [{ hostPort: 1, containerPort: 1, protocol: 'icmp' }] },
    /protocol "icmp": expected one of/,
  ],
  [{ portMappings: [{ hostPort: 1, containerPort: 1, hostIP: '1.2.3' }] }, /hostIP "1\.2\.3": /],
  [{ bandwidth: { ingressRate: -1 } }, /bandwidth\.ingressRate -1: expected an integer from 0 to 2\^64/],
  [{ ips: ['10.0.0.300'] }, /^runtimeConfig\.ips\[0\] "10\.0\.0\.300": /],
  [{ mac: 'xx' }, /^runtimeConfig\.mac "xx": /],
])('%j is refused', (value, message) => {
  expect(() => explained(() => parse(value))).toThrow(expect.objectContaining({ cniCode: 7 }));
  expect(() => explained(() => parse(value))).toThrow(message);
});

test('a bandwidth may be the biggest number that a runtime has, and nothing beyond or between', () => {
  const rate = (ingressRate: unknown) => parse({ bandwidth: { ingressRate } }).bandwidth?.ingressRate;
  expect(rate(JSON.parse('18446744073709551615'))).toBe(2 ** 64);
  for (const wrong of [-1, 1.5, 2 ** 65, '8M'])
    expect(() => explained(() => rate(wrong))).toThrow('runtimeConfig.bandwidth.ingressRate');
});
