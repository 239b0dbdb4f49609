// What a container may call: the policies, with real packets.
import { expect } from 'vitest';
import { answering, expectAnswers, HOST_ADDRESSES, PLACES, test } from './egress-lab.ts';
import { bridgeConfig } from './fixture.ts';
import { HOST } from './lab.ts';

const everywhere = [...Object.values(PLACES).flat(), ...HOST_ADDRESSES];

test('debug', ({ lab, cni }) => {
  cni.add('c1', bridgeConfig({ egress: 'internet' }));
  const r = lab.attempt(HOST, ['nft', 'list', 'table', 'inet', 'tsnet']);
  console.log(r.stdout, r.stderr, r.status);
  console.log(answering(lab, 'c1', everywhere));
  cni.add('c2', bridgeConfig({ egress: [{ cidr: '10.0.0.0/8', ports: ['7000/tcp', '8000-8009/udp'] }, { cidr: 'fd00::/8' }] }));
  const r2 = lab.attempt(HOST, ['nft', 'list', 'table', 'inet', 'tsnet']);
  console.log(r2.stdout, r2.stderr, r2.status);
  console.log(answering(lab, 'c2', everywhere));
});

test('without a policy all answer', ({ lab, cni }) => {
  cni.add('c1', bridgeConfig());
  expect(answering(lab, 'c1', everywhere)).toEqual(everywhere);
});
