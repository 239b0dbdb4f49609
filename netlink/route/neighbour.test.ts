import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ip, Mac } from '../../address/index.ts';
import { anyIp, anyMac, anyOf, anyS32, anyU16, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { AF, NUD } from './constants.ts';
import { ndmsg, neighbourAttributes, newNeighbour } from './neighbour.ts';

codecLaws(ndmsg, fc.record({ family: anyU8, index: anyS32, state: anyU16, flags: anyU8, type: anyU8 }));

attributeLaws(neighbourAttributes, anyOf({ dst: anyIp, address: anyMac }));

it('a new neighbour is permanent and of the family of its address', () => {
  const request = newNeighbour(7, Ip.parse('fd00::9'), Mac.parse('02:42:0a:01:00:09'));
  expect(request.subject).toBe('neighbour fd00::9');
  expect(request.body.header).toMatchObject({ family: AF.INET6, index: 7, state: NUD.PERMANENT });
});
