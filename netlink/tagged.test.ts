import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBytes, anyOf, anyText, anyU32, anyU8 } from '../test/arbitrary.ts';
import { attributeLaws } from '../test/codec-laws.ts';
import { attr, attrs } from './attributes.ts';
import { decode, encode } from './codec.ts';
import type { Infer } from './codec.ts';
import { cstring, u32, u8 } from './scalar.ts';
import { tagged } from './tagged.ts';

const bridge = attrs('bridge', { forwardDelay: attr(1, u32), snooping: attr(23, u8) });
const vlan = attrs('vlan', { id: attr(1, u32) });
const info = tagged('info', { kind: 1, data: 2 }, { bridge, vlan });

const anyInfo: fc.Arbitrary<Infer<typeof info>> = fc.oneof(
  fc.record(
    { kind: fc.constant('bridge' as const), data: anyOf({ forwardDelay: anyU32, snooping: anyU8 }) },
    { requiredKeys: ['kind'] },
  ),
  fc.record({ kind: fc.constant('vlan' as const), data: anyOf({ id: anyU32 }) }, { requiredKeys: ['kind'] }),
  fc.record(
    { kind: anyText.map((text) => `other:x${text}` as const), data: anyBytes },
    { requiredKeys: ['kind'] },
  ),
);

attributeLaws(info, anyInfo);

describe('a tagged payload', () => {
  it('reads the data in the format that its kind names, whichever comes first', () => {
    const kind = encode(attrs('', { kind: attr(1, cstring) }), { kind: 'vlan' });
    const data = Uint8Array.of(12, 0, 2, 0, 8, 0, 1, 0, 7, 0, 0, 0);
    expect(decode(info, Uint8Array.of(...kind, ...data))).toEqual({ kind: 'vlan', data: { id: 7 } });
    expect(decode(info, Uint8Array.of(...data, ...kind))).toEqual({ kind: 'vlan', data: { id: 7 } });
  });

  it('keeps an undeclared kind with its bytes, also one that every object has', () => {
    for (const kind of ['wireguard', 'constructor', 'toString']) {
      const value = { kind: `other:${kind}` as const, data: Uint8Array.of(1, 2, 3) };
      expect(decode(info, encode(info, value))).toEqual(value);
    }
  });

  it('reads a network card in a bridge, which has IFLA_INFO_SLAVE_KIND and no kind of its own', () => {
    const slave = { type: 4, payload: new TextEncoder().encode('bridge\0') };
    const bytes = encode(info, { kind: 'other:', unknown: [slave] });
    expect([...bytes.subarray(0, 4)]).toEqual([11, 0, 4, 0]);
    expect(decode(info, bytes)).toEqual({ kind: 'other:', unknown: [slave] });
  });

  it('names kind and field of wrong data', () => {
    expect(() => encode(info, { kind: 'vlan', data: { id: -1 } })).toThrow(
      'info.vlan: vlan.id: u32: -1 is not in 0..4294967295',
    );
  });

  it('locates a field below its kind', () => {
    const view = new DataView(
      encode(info, { kind: 'bridge', data: { forwardDelay: 0, snooping: 1 } }).buffer,
    );
    expect(info.locate?.(view, 4)).toEqual(['kind']);
    expect(info.locate?.(view, 12)).toEqual(['bridge']);
    expect(info.locate?.(view, 28)).toEqual(['bridge', 'snooping']);
  });

  it('has a type that narrows on the kind', () => {
    // @ts-expect-error the data of another kind
    const wrongData: Infer<typeof info> = { kind: 'vlan', data: { forwardDelay: 1 } };
    // @ts-expect-error a kind that is neither declared nor marked as other
    const wrongKind: Infer<typeof info> = { kind: 'veth' };
    // @ts-expect-error fields where an undeclared kind has bytes
    const wrongOther: Infer<typeof info> = { kind: 'other:veth', data: { id: 1 } };
    expect([wrongData, wrongKind, wrongOther]).toHaveLength(3);
    const narrowed = (value: Infer<typeof info>): number | undefined =>
      value.kind === 'vlan' ? value.data?.id : undefined;
    expect(narrowed({ kind: 'vlan', data: { id: 3 } })).toBe(3);
  });
});
