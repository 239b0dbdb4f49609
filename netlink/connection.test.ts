import { describe, expect, it } from 'vitest';
import { acknowledge, answer, done, scriptedKernel } from '../test/scripted-kernel.ts';
import { encode } from './codec.ts';
import { Connection } from './connection.ts';
import { isKernelError, KernelError } from './kernel-error.ts';
import { concatenate, decodeBody, NLM_F } from './message.ts';
import type { AnyRequest, Message } from './message.ts';
import { commit } from './netfilter/nfnetlink.ts';
import { newTable } from './netfilter/table.ts';
import { RTM } from './route/constants.ts';
import { deleteLink, findLink, ifinfomsg, linkAttributes, listLinks, newLink } from './route/link.ts';

const EPERM = 1;
const ENOENT = 2;
const EEXIST = 17;
const EINVAL = 22;
const ENODEV = 19;

const bridge = newLink('br0', { info: { kind: 'bridge', data: { forwardDelay: 0, multicastSnooping: 1 } } });

function linkAnswer(to: Message, ifname: string, flags = 0): Uint8Array {
  const body = [
    encode(ifinfomsg, ifinfomsg.make({ index: 7 })),
    encode(linkAttributes, { ifname, mtu: 1500 }),
  ];
  return answer(to, RTM.NEWLINK, concatenate(body), flags);
}

function refusalOf(act: () => unknown): KernelError {
  try {
    act();
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('request and pipeline', () => {
  it('ask for an acknowledgement and wait for it', () => {
    const kernel = scriptedKernel((message) => [acknowledge(message)]);
    new Connection(kernel).request(bridge);
    const [message] = kernel.received[0] ?? [];
    expect(message?.type).toBe(RTM.NEWLINK);
    expect(message?.flags).toBe(NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL);
    const body = message && decodeBody(bridge.format, message.payload, ifinfomsg.bytes);
    expect(body).toEqual(bridge.body);
  });

  it('send requests in one datagram, each with a sequence of its own', () => {
    const kernel = scriptedKernel((...messages) => [
      concatenate(messages.map((message) => acknowledge(message))),
    ]);
    new Connection(kernel).pipeline([bridge, deleteLink({ ifname: 'br0' }), bridge]);
    expect(kernel.received).toHaveLength(1);
    expect(new Set(kernel.received[0]?.map(({ sequence }) => sequence)).size).toBe(3);
  });

  it('take a refusal that nobody asked for as it comes, and wait for the last acknowledgement', () => {
    const kernel = scriptedKernel((one, _two, three) => [acknowledge(one, EPERM), acknowledge(three)]);
    const connection = new Connection(kernel);
    expect(refusalOf(() => connection.pipeline([bridge, bridge, bridge])).errno).toBe('EPERM');
    expect(() => kernel.receive()).toThrow('no further answer');
  });

  it('send nothing when nothing is asked', () => {
    const kernel = scriptedKernel();
    const connection = new Connection(kernel);
    connection.pipeline([]);
    connection.transaction(bridge, [], bridge);
    expect(kernel.received).toHaveLength(0);
  });

  it('throw the first refusal, after the last request has been answered', () => {
    const kernel = scriptedKernel(
      (_one, two, three) => [acknowledge(two, ENODEV), acknowledge(three, EPERM)],
      (message) => [acknowledge(message)],
    );
    const connection = new Connection(kernel);
    const refusal = refusalOf(() =>
      connection.pipeline([bridge, deleteLink({ ifname: 'a' }), deleteLink({ ifname: 'b' })]),
    );
    expect(refusal.message).toBe('RTM_DELLINK link "a": no such device (ENODEV)');
    connection.request(bridge);
    expect(() => kernel.receive()).toThrow('no further answer');
  });

  it('drop answers to sequences that are not theirs', () => {
    const kernel = scriptedKernel((message) => [
      acknowledge({ ...message, sequence: message.sequence - 1 }, EPERM),
      concatenate([linkAnswer({ ...message, sequence: 0 }, 'other'), acknowledge(message)]),
    ]);
    expect(() => new Connection(kernel).request(bridge)).not.toThrow();
  });
});

describe('a refusal', () => {
  const snooping = 72;
  it.each([true, false])('tells the words of the kernel and the field at fault (capped: %s)', (isCapped) => {
    const words = { message: 'Snooping is not there', offset: snooping, isCapped };
    const kernel = scriptedKernel((message) => [acknowledge(message, EINVAL, words)]);
    const refusal = refusalOf(() => new Connection(kernel).request(bridge));
    expect(refusal.message).toBe(
      'RTM_NEWLINK link "br0": Snooping is not there (EINVAL), at link.info.bridge.multicastSnooping',
    );
    expect(refusal).toMatchObject({
      code: 'TSNET_KERNEL',
      errno: 'EINVAL',
      operation: 'RTM_NEWLINK',
      attribute: 'link.info.bridge.multicastSnooping',
    });
  });

  it('names no field when the kernel points at none of the attributes', () => {
    for (const offset of [0, 20, 10_000]) {
      const kernel = scriptedKernel((message) => [acknowledge(message, EINVAL, { offset })]);
      const refusal = refusalOf(() => new Connection(kernel).request(bridge));
      expect(refusal.message).toBe('RTM_NEWLINK link "br0": invalid argument (EINVAL)');
      expect(refusal.attribute).toBeUndefined();
    }
  });

  it.each([
    ['a length of zero', Uint8Array.of(0, 0, 1, 0)],
    ['a length past the end', Uint8Array.of(200, 0, 1, 0, 0x61, 0, 0, 0)],
    ['an offset of 2 bytes', Uint8Array.of(6, 0, 2, 0, 1, 0, 0, 0)],
  ])('keeps its errno when the extended acknowledgement is malformed: %s', (_, attributes) => {
    const kernel = scriptedKernel((message) => [acknowledge(message, EEXIST, { attributes })]);
    const refusal = refusalOf(() => new Connection(kernel).request(bridge));
    expect(refusal.message).toBe('RTM_NEWLINK link "br0": exists already (EEXIST)');
    expect(isKernelError(refusal, 'ENOENT', 'EEXIST')).toBe(true);
    expect(isKernelError(refusal, 'ENOENT')).toBe(false);
  });

  it('keeps its errno when the kernel says that it echoes more than it does', () => {
    const kernel = scriptedKernel((message) => {
      const bytes = acknowledge(message, EEXIST, { message: 'no', isCapped: true });
      new DataView(bytes.buffer).setUint16(6, NLM_F.ACK_TLVS, true);
      return [bytes];
    });
    expect(refusalOf(() => new Connection(kernel).request(bridge)).errno).toBe('EEXIST');
  });
});

describe('get', () => {
  it('returns the object that comes before the acknowledgement', () => {
    const kernel = scriptedKernel((message) => [linkAnswer(message, 'br0'), acknowledge(message)]);
    expect(findLink(new Connection(kernel), { ifname: 'br0' })).toMatchObject({
      index: 7,
      ifname: 'br0',
      mtu: 1500,
    });
  });

  it('finds nothing where the kernel knows no such link', () => {
    const kernel = scriptedKernel((message) => [acknowledge(message, ENODEV)]);
    expect(findLink(new Connection(kernel), { ifname: 'br0' })).toBeUndefined();
  });

  it('passes any other refusal on', () => {
    const kernel = scriptedKernel((message) => [acknowledge(message, EPERM)]);
    expect(refusalOf(() => findLink(new Connection(kernel), { ifname: 'br0' })).errno).toBe('EPERM');
  });

  it('throws when the kernel acknowledges without an object', () => {
    const kernel = scriptedKernel((message) => [acknowledge(message)]);
    expect(() => findLink(new Connection(kernel), { ifname: 'br0' })).toThrow(
      'RTM_GETLINK: no object in the answer',
    );
  });
});

describe('dump', () => {
  const whole = (message: Message): Uint8Array[] => [
    concatenate([linkAnswer(message, 'lo', NLM_F.MULTI), linkAnswer(message, 'br0', NLM_F.MULTI)]),
    linkAnswer(message, 'eth0', NLM_F.MULTI),
    done(message),
  ];
  const interrupted = (message: Message): Uint8Array[] => [
    linkAnswer(message, 'lo', NLM_F.MULTI),
    linkAnswer(message, 'half', NLM_F.MULTI | NLM_F.DUMP_INTR),
    done(message),
  ];

  it('collects the objects of all datagrams', () => {
    const kernel = scriptedKernel(whole);
    expect(listLinks(new Connection(kernel)).map(({ ifname }) => ifname)).toEqual(['lo', 'br0', 'eth0']);
    expect(kernel.received[0]?.[0]?.flags).toBe(NLM_F.REQUEST | NLM_F.DUMP);
  });

  it('asks again when the list changed meanwhile, and gives only the whole answer', () => {
    const atTheEnd = (message: Message): Uint8Array[] => [done(message, 0, {}, NLM_F.DUMP_INTR)];
    const kernel = scriptedKernel(interrupted, atTheEnd, interrupted, interrupted, whole);
    expect(listLinks(new Connection(kernel)).map(({ ifname }) => ifname)).toEqual(['lo', 'br0', 'eth0']);
    expect(kernel.received).toHaveLength(5);
  });

  it('gives up after five tries', () => {
    const kernel = scriptedKernel(...Array.from({ length: 9 }, () => interrupted));
    expect(() => listLinks(new Connection(kernel))).toThrow(
      'RTM_GETLINK: the list kept changing while it was read',
    );
    expect(kernel.received).toHaveLength(5);
  });

  it('tells the refusal that ends it, in the words that stand behind the errno', () => {
    const kernel = scriptedKernel((message) => [done(message, EINVAL, { message: 'Invalid header' })]);
    const refusal = refusalOf(() => listLinks(new Connection(kernel)));
    expect(refusal.message).toBe('RTM_GETLINK link 0: Invalid header (EINVAL)');
  });

  it('tells a refusal that comes in place of it, and drops what came too late', () => {
    const kernel = scriptedKernel(
      (message) => [acknowledge(message, EPERM), linkAnswer(message, 'late', NLM_F.MULTI), done(message)],
      whole,
    );
    const connection = new Connection(kernel);
    expect(refusalOf(() => listLinks(connection)).errno).toBe('EPERM');
    expect(listLinks(connection)).toHaveLength(3);
  });
});

describe('transaction', () => {
  const requests: AnyRequest[] = [newTable('a'), newTable('b')];

  it('frames the requests, and asks only for the acknowledgement of the last one', () => {
    const kernel = scriptedKernel((_begin, _one, two) => [acknowledge(two)]);
    commit(new Connection(kernel), requests);
    const [messages = []] = kernel.received;
    expect(messages.map(({ type }) => type)).toEqual([0x10, 0xa00, 0xa00, 0x11]);
    expect(messages.map(({ flags }) => (flags & NLM_F.ACK) !== 0)).toEqual([false, false, true, false]);
  });

  it('tells the first refusal after all have been answered', () => {
    const kernel = scriptedKernel((_, one, two) => [acknowledge(one, ENOENT), acknowledge(two, EEXIST)]);
    const refusal = refusalOf(() => commit(new Connection(kernel), requests));
    expect(refusal.message).toBe('NFT_MSG_NEWTABLE table inet a: no such file or directory (ENOENT)');
    expect(() => kernel.receive()).toThrow('no further answer');
  });

  it('tells a refusal of its beginning at once: nothing else is answered then', () => {
    const kernel = scriptedKernel((begin) => [acknowledge(begin, EPERM)]);
    const refusal = refusalOf(() => commit(new Connection(kernel), requests));
    expect(refusal.operation).toBe('NFNL_MSG_BATCH_BEGIN');
    expect(refusal.errno).toBe('EPERM');
  });
});

describe('a connection', () => {
  it('closes its transport, also at the end of a using block', () => {
    const kernel = scriptedKernel();
    {
      using connection = new Connection(kernel);
      expect(connection).toBeInstanceOf(Connection);
      expect(kernel.isClosed).toBe(false);
    }
    expect(kernel.isClosed).toBe(true);
  });

  it('passes on what the transport throws, such as no answer in time', () => {
    expect(() => new Connection(scriptedKernel(() => [])).request(bridge)).toThrow('no further answer');
  });
});
