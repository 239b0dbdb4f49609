import { expect, test } from 'vitest';
import { limitsOf } from './config.ts';

const none = { ingress: undefined, egress: undefined };

test('no limits', () => {
  expect(limitsOf({})).toEqual(none);
  expect(limitsOf({ ingressRate: 0, ingressBurst: 0, runtimeConfig: { bandwidth: {} } })).toEqual(none);
});

test("the runtime's limit wins in its direction, and leaves the other alone", () => {
  const network = { ingressRate: 1, ingressBurst: 2, egressRate: 3, egressBurst: 4 };
  const limits = limitsOf({
    ...network,
    runtimeConfig: { bandwidth: { ingressRate: 5, ingressBurst: 6, egressRate: 0, egressBurst: 0 } },
  });
  expect(limits).toEqual({ ingress: { rate: 5, burst: 6 }, egress: { rate: 3, burst: 4 } });
});

test.each([
  [{ ingressRate: 1 }, 'if rate is set, burst must also be set'],
  [{ egressBurst: 1, egressRate: 0 }, 'if burst is set, rate must also be set'],
  [{ runtimeConfig: { bandwidth: { egressRate: 1 } } }, 'if rate is set, burst must also be set'],
])('%j is half a limit', (config, message) => {
  expect(() => limitsOf(config)).toThrow(message);
});
