// A conversation with a kernel that answers with whatever the input has. The first byte says what it is asked for.
import { Ip } from '../../address/index.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { Connection } from '../../netlink/connection.ts';
import type { Transport } from '../../netlink/connection.ts';
import { NLM_F, NLMSG, nlmsghdr } from '../../netlink/message.ts';
import { countRules, findChain } from '../../netlink/netfilter/chain.ts';
import { listConnections } from '../../netlink/netfilter/conntrack.ts';
import { listRules as listNftRules } from '../../netlink/netfilter/rule.ts';
import { listTables } from '../../netlink/netfilter/table.ts';
import { listAddresses } from '../../netlink/route/address.ts';
import { findBridgePort, listPortVlans } from '../../netlink/route/bridge-port.ts';
import { TC_H } from '../../netlink/route/constants.ts';
import { findRedirect } from '../../netlink/route/filter.ts';
import { deleteLink, findLink, listLinks } from '../../netlink/route/link.ts';
import { listNeighbours } from '../../netlink/route/neighbour.ts';
import { findQdisc } from '../../netlink/route/qdisc.ts';
import { findRoute, listRoutes } from '../../netlink/route/route.ts';
import { listRules } from '../../netlink/route/rule.ts';
import { reading } from '../target.ts';
import type { Target } from '../target.ts';
import { captures } from './messages.ts';

const chain = { family: 'inet', table: 'tsnet', chain: 'forward' } as const;

const questions: readonly ((connection: Connection) => unknown)[] = [
  (connection) => listLinks(connection),
  (connection) => findLink(connection, { ifname: 'eth0' }),
  (connection) => listAddresses(connection),
  (connection) => listRoutes(connection),
  (connection) => findRoute(connection, Ip.parse('10.1.0.1')),
  (connection) => listRules(connection),
  (connection) => listNeighbours(connection),
  (connection) => findBridgePort(connection, 'veth0'),
  (connection) => listPortVlans(connection, 1),
  (connection) => findRedirect(connection, { index: 1, priority: 1 }),
  (connection) => findQdisc(connection, 1, TC_H.ROOT),
  (connection) => listConnections(connection, 4, 17),
  (connection) => listTables(connection),
  (connection) => listNftRules(connection, chain),
  (connection) => countRules(connection, 'tsnet', 'forward'),
  (connection) => findChain(connection, chain),
  (connection) => {
    connection.pipeline([deleteLink({ ifname: 'a' }), deleteLink({ ifname: 'b' })]);
  },
];

class ScriptEnded extends Error {}

/** Sends the input as answers, datagram by datagram of `size` bytes, each message in answer to the last request. */
function answering(input: Uint8Array, size: number): Transport {
  let sequence = 0;
  let at = 0;
  const send = (bytes: Uint8Array): void => {
    sequence = nlmsghdr.read(new DataView(bytes.buffer, bytes.byteOffset, nlmsghdr.bytes)).sequence;
  };
  return {
    send,
    sendInBackground: send,
    sendByChild: send,
    waitReadable: () => at < input.length,
    receive: () => {
      if (at >= input.length) throw new ScriptEnded();
      const datagram = input.slice(at, (at += size));
      const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
      for (let from = 0; from + nlmsghdr.bytes <= datagram.length;) {
        view.setUint32(from + 8, sequence, true);
        from += Math.max(nlmsghdr.bytes, (view.getUint32(from, true) + 3) & ~3);
      }
      return datagram;
    },
    close: () => undefined,
  };
}

/** A message without a body, which ends a list. */
function ending(type: number): Uint8Array {
  const bytes = new Uint8Array(nlmsghdr.bytes + 20);
  const head = { length: bytes.length, type, flags: NLM_F.MULTI, sequence: 0, port: 0 };
  nlmsghdr.write(head, new DataView(bytes.buffer), 0);
  return bytes;
}

export const kernel: Target = {
  about: 'what the kernel answers to each question of ours',
  seeds: () =>
    questions.flatMap((_, index) =>
      captures()
        .filter((_capture, number) => number % questions.length === index)
        .map((capture) =>
          Buffer.concat([Uint8Array.of(index, 0), capture, ending(NLMSG.DONE), ending(NLMSG.ERROR)]),
        ),
    ),
  run: (input) => {
    const [which = 0, size = 0] = input;
    const question = questions[which % questions.length];
    const script = answering(input.subarray(2), size === 0 ? input.length : size * 16);
    reading(() => question?.(new Connection(script)), TsnetError, ScriptEnded);
  },
};
