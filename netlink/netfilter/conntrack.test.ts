import { describe, expect, it } from 'vitest';
import { Ip } from '../../address/index.ts';
import { anyIpv4, anyIpv6, anyOf, anyU16, anyU32, anyU8 } from '../../test/arbitrary.ts';
import { attributeLaws } from '../../test/codec-laws.ts';
import { acknowledge, answer, done, payloadOf, scriptedKernel } from '../../test/scripted-kernel.ts';
import { encode } from '../codec.ts';
import { Connection } from '../connection.ts';
import type { Message } from '../message.ts';
import { conntrackAttributes, forgetConnection, listConnections } from './conntrack.ts';

const anyTuple = anyOf({
  ip: anyOf({ source4: anyIpv4, destination4: anyIpv4, source6: anyIpv6, destination6: anyIpv6 }),
  proto: anyOf({ number: anyU8, sourcePort: anyU16, destinationPort: anyU16 }),
  zone: anyU16,
});

attributeLaws(
  conntrackAttributes,
  anyOf({
    original: anyTuple,
    reply: anyTuple,
    id: anyU32,
    zone: anyU16,
    filter: anyOf({ original: anyU32 }),
  }),
);

const UDP = 17;
const [client, host, container] = ['192.0.2.1', '192.0.2.2', '10.1.0.2'].map((text) => Ip.parse(text));

function flow(port: number, protocol = UDP) {
  return {
    original: {
      ip: { source4: client, destination4: host },
      proto: { number: protocol, sourcePort: 4000, destinationPort: port },
    },
    reply: {
      ip: { source4: container, destination4: client },
      proto: { number: protocol, sourcePort: 53, destinationPort: 4000 },
    },
    id: port,
  };
}

/** The kernel of before 5.8, which shows every connection whatever is asked for. */
function kernelWith(...flows: object[]) {
  const list = (to: Message): Uint8Array[] => [
    ...flows.map((one) => answer(to, 0x100, Uint8Array.of(2, 0, 0, 0, ...encode(conntrackAttributes, one)))),
    done(to),
  ];
  return scriptedKernel(list, (message) => [acknowledge(message)]);
}

describe('listConnections', () => {
  it('tells where the first packet went and who answers, of that protocol and port alone', () => {
    const kernel = kernelWith(flow(53), flow(54), flow(53, 6), { id: 1 });
    const found = listConnections(new Connection(kernel), 4, UDP, 53);
    expect(
      found.map(({ destination, answerer }) => [String(destination.ip), destination.port, answerer]),
    ).toEqual([['192.0.2.2', 53, { ip: container, port: 53 }]]);
  });
});

describe('forgetConnection', () => {
  it('names the connection by its tuple and id', () => {
    const kernel = kernelWith(flow(53));
    const connection = new Connection(kernel);
    for (const one of listConnections(connection, 4, UDP, 53)) forgetConnection(connection, one);
    const [deletion] = kernel.received[1] ?? [];
    if (deletion === undefined) throw new Error('nothing was asked for');
    expect(deletion.type).toBe(0x102);
    const { original, id } = flow(53);
    expect(payloadOf(deletion)).toEqual(
      Uint8Array.of(2, 0, 0, 0, ...encode(conntrackAttributes, { original, id })),
    );
  });

  it('asks for nothing without a tuple: that would mean all', () => {
    const kernel = scriptedKernel();
    const side = { ip: Ip.parse('192.0.2.2'), port: 53 };
    forgetConnection(new Connection(kernel), { destination: side, answerer: side, attributes: { id: 1 } });
    expect(kernel.received).toEqual([]);
  });
});
