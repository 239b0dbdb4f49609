import { expect, test } from 'vitest';
import { Metrics } from './metrics.ts';

const nothing = { endpoints: [], leases: [], poolSizes: [], poolLeases: [], ports: [], rebuilds: [] };
const call = (verb: string) => ({ plugin: 'bridge', env: { CNI_COMMAND: verb }, stdin: new Uint8Array() });
const done = { exitCode: 0, stdout: '', stderr: '' };

test('calls are counted by verb, plugin and code, their time in buckets that hold those below, too', () => {
  const metrics = new Metrics();
  metrics.served(call('ADD'), done, 2);
  metrics.served(call('ADD'), { ...done, exitCode: 1, stdout: '{"cniVersion":"1.1.0","code":104}' }, 8);
  metrics.served(call('ADD'), done, 9000);
  metrics.served(call('REBOOT'), { ...done, exitCode: 1, stdout: 'x' }, 1);
  const lines = metrics.text(nothing).split('\n');
  for (const line of [
    'tsnet_calls_total{verb="ADD",plugin="bridge",code="0"} 2',
    'tsnet_calls_total{verb="ADD",plugin="bridge",code="104"} 1',
    'tsnet_calls_total{verb="other",plugin="bridge",code="none"} 1',
    'tsnet_call_seconds_bucket{verb="ADD",le="0.001"} 0',
    'tsnet_call_seconds_bucket{verb="ADD",le="0.0025"} 1',
    'tsnet_call_seconds_bucket{verb="ADD",le="0.01"} 2',
    'tsnet_call_seconds_bucket{verb="ADD",le="5"} 2',
    'tsnet_call_seconds_bucket{verb="ADD",le="+Inf"} 3',
    'tsnet_call_seconds_count{verb="ADD"} 3',
    'tsnet_call_seconds_sum{verb="ADD"} 9.01',
  ])
    expect(lines).toContain(line);
});

test('labels are escaped, and every line is a comment or a sample', () => {
  const metrics = new Metrics();
  metrics.count('refused', {});
  const text = metrics.text({ ...nothing, leases: [{ labels: { network: 'a"b\\c\nd' }, value: 3 }] });
  expect(text).toContain('tsnet_leases{network="a\\"b\\\\c\\nd"} 3\n');
  expect(text).toContain('\ntsnet_refused_total 1\n');
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="([^"\\]|\\.)*",?)+\})? [\d.]+)$/);
});
