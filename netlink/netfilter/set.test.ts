import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ip } from '../../address/index.ts';
import { anyBytes, anyOf, anyS32, anyText, anyU32 } from '../../test/arbitrary.ts';
import { attributeLaws } from '../../test/codec-laws.ts';
import { acknowledge, answer, payloadOf, scriptedKernel } from '../../test/scripted-kernel.ts';
import { encode } from '../codec.ts';
import { Connection } from '../connection.ts';
import { deleteElements, elementsAttributes, hasElement, newElements, newSet, setAttributes } from './set.ts';
import type { Element, SetSpec } from './set.ts';

attributeLaws(
  setAttributes,
  anyOf({
    table: anyText,
    name: anyText,
    flags: anyU32,
    keyType: anyU32,
    keyLength: anyU32,
    dataType: anyU32,
    dataLength: anyU32,
    description: anyOf({ fields: fc.array(anyOf({ length: anyU32 }), { maxLength: 3 }) }),
    id: anyU32,
    userdata: anyBytes,
  }),
);

const anyData = anyOf({ value: anyBytes, verdict: anyOf({ code: anyS32, chain: anyText }) });
attributeLaws(
  elementsAttributes,
  anyOf({
    table: anyText,
    set: anyText,
    elements: fc.array(anyOf({ key: anyData, keyEnd: anyData, data: anyData, comment: anyText }), {
      maxLength: 3,
    }),
  }),
);

const ports: SetSpec = {
  name: 'ports',
  key: ['inet_proto', 'inet_service'],
  data: ['ipv4_addr', 'inet_service'],
};

const direct: SetSpec = { name: 'direct', key: ['ipv4_addr', 'ipv4_addr'], isInterval: true };

function port(number: number): Element {
  return { key: [6, number], data: [Ip.parse('10.1.0.2'), 80], owner: 'endpoint a' };
}

// Few values each, so that one is often as the one before it.
const someBytes = fc.constantFrom(Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6), Uint8Array.of(7, 8, 9, 10));
const someData = fc.record({ value: someBytes });
const someElements = fc.array(
  fc.oneof(
    fc.record({ key: someData, comment: fc.constantFrom('a', 'b', undefined) }),
    fc.record({ key: someData, data: someData, comment: fc.constantFrom('a', 'b') }),
    anyOf({ key: anyData, keyEnd: anyData, data: anyData, comment: anyText }),
  ),
  { minLength: 1, maxLength: 8 },
);

it('writes each element of a list as it would be written alone', () => {
  const NLATTR = 4;
  const listOf = (elements: object[]): Uint8Array =>
    encode(elementsAttributes, { elements }).subarray(NLATTR);
  fc.assert(
    fc.property(someElements, (elements) => {
      expect(Buffer.from(listOf(elements))).toEqual(
        Buffer.concat(elements.map((element) => listOf([element]))),
      );
    }),
  );
});

describe('requests on elements', () => {
  it('are split so that each list fits its 16-bit length', () => {
    const elements = Array.from({ length: 450 }, (_, at) => port(at));
    expect(newElements('t', ports, elements)).toHaveLength(3);
    expect(newElements('t', ports, [])).toHaveLength(0);
  });

  it('carry data and owner only when they add', () => {
    const [added] = newElements('t', ports, [port(80)]);
    const [removed] = deleteElements('t', ports, [port(80)]);
    const key = { value: Uint8Array.of(6, 0, 0, 0, 0, 80, 0, 0) };
    const data = { value: Uint8Array.of(10, 1, 0, 2, 0, 80, 0, 0) };
    expect(added?.body.attributes).toEqual({
      table: 't',
      set: 'ports',
      elements: [{ key, data, comment: 'endpoint a' }],
    });
    expect(removed?.body.attributes).toEqual({ table: 't', set: 'ports', elements: [{ key }] });
  });

  it('say of intervals how long each field of a key is, and where an element ends', () => {
    expect(newSet('t', direct).body.attributes).toMatchObject({
      flags: 0x84,
      description: { fields: [{ length: 4 }, { length: 4 }] },
    });
    const ip = Ip.parse('10.1.0.2');
    const element = { key: [ip, Ip.parse('10.0.0.0')], keyEnd: [ip, Ip.parse('10.255.255.255')] };
    const [removed] = deleteElements('t', direct, [element]);
    const [key, keyEnd] = [
      Uint8Array.of(10, 1, 0, 2, 10, 0, 0, 0),
      Uint8Array.of(10, 1, 0, 2, 10, 255, 255, 255),
    ];
    expect(removed?.body.attributes).toMatchObject({
      elements: [{ key: { value: key }, keyEnd: { value: keyEnd } }],
    });
  });

  it('are told apart from a set by having no data', () => {
    const { name, key } = ports;
    expect(newSet('t', ports).body.attributes).toMatchObject({ flags: 8, dataType: 0x1cd, dataLength: 8 });
    expect(newSet('t', { name, key }).body.attributes).not.toHaveProperty('dataType');
  });
});

describe('hasElement', () => {
  const ENOENT = 2;
  function connectionWith(stored: Element | undefined, spec = ports): Connection {
    const [other] = stored === undefined ? [] : newElements('t', spec, [stored]);
    return new Connection(
      scriptedKernel((message) => {
        if (other === undefined) return [acknowledge(message, ENOENT)];
        const head = payloadOf(message).slice(0, 4);
        const attributes = encode(elementsAttributes, other.body.attributes as object);
        return [answer(message, 0xa0c, Uint8Array.of(...head, ...attributes)), acknowledge(message)];
      }),
    );
  }

  it('is true only when the element is there and maps to the same', () => {
    expect(hasElement(connectionWith(port(80)), 't', ports, port(80))).toBe(true);
    const elsewhere = { ...port(80), data: [Ip.parse('10.1.0.3'), 80] };
    expect(hasElement(connectionWith(elsewhere), 't', ports, port(80))).toBe(false);
    expect(hasElement(connectionWith(undefined), 't', ports, port(80))).toBe(false);
  });

  it('asks for the key alone', () => {
    expect(hasElement(connectionWith(port(80)), 't', ports, { key: [6, 80] })).toBe(true);
  });

  it('is false for an interval that holds the one asked for and more', () => {
    const ip = Ip.parse('10.1.0.2');
    const wide = { key: [ip, Ip.parse('10.0.0.0')], keyEnd: [ip, Ip.parse('10.255.255.255')] };
    const narrow = { key: [ip, Ip.parse('10.0.0.0')], keyEnd: [ip, Ip.parse('10.0.255.255')] };
    expect(hasElement(connectionWith(wide, direct), 't', direct, wide)).toBe(true);
    expect(hasElement(connectionWith(wide, direct), 't', direct, narrow)).toBe(false);
  });
});
