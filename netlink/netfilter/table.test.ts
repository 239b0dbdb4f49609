import fc from 'fast-check';
import { anyOf, anyText, anyU16, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws, codecLaws } from '../../test/codec-laws.ts';
import { nfgenmsg } from './nfnetlink.ts';
import { tableAttributes } from './table.ts';

codecLaws(nfgenmsg, fc.record({ family: anyU8, version: anyU8, resource: anyU16 }));

attributeLaws(tableAttributes, anyOf({ name: anyText, flags: anyU32 }));
