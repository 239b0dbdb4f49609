// Netlink datagrams: messages, their bodies by type, acknowledgements.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Codec } from '../../netlink/codec.ts';
import { bytesOf, CodecError, decode, encode } from '../../netlink/codec.ts';
import { answerFormat } from '../../netlink/diag/socket.ts';
import { KernelError, readAcknowledgement } from '../../netlink/kernel-error.ts';
import { decodeBody, encodeMessage, NLMSG, nlmsghdr, splitMessages } from '../../netlink/message.ts';
import type { BodyFormat, Message } from '../../netlink/message.ts';
import { chainAttributes } from '../../netlink/netfilter/chain.ts';
import { conntrackAttributes } from '../../netlink/netfilter/conntrack.ts';
import { IPCTNL_MSG_CT, NFNL_SUBSYS, NFT_MSG } from '../../netlink/netfilter/constants.ts';
import { nfgenmsg } from '../../netlink/netfilter/nfnetlink.ts';
import { ruleAttributes as nftRule } from '../../netlink/netfilter/rule.ts';
import { elementsAttributes, setAttributes } from '../../netlink/netfilter/set.ts';
import { tableAttributes } from '../../netlink/netfilter/table.ts';
import { addressAttributes, ifaddrmsg } from '../../netlink/route/address.ts';
import { portAttributes, portVlansAttributes } from '../../netlink/route/bridge-port.ts';
import { RTM } from '../../netlink/route/constants.ts';
import { filterAttributes } from '../../netlink/route/filter.ts';
import { ifinfomsg, linkAttributes, newLink } from '../../netlink/route/link.ts';
import { ndmsg, neighbourAttributes } from '../../netlink/route/neighbour.ts';
import { qdiscAttributes, tcmsg } from '../../netlink/route/qdisc.ts';
import { routeAttributes, rtmsg } from '../../netlink/route/route.ts';
import { fib_rule_hdr, ruleAttributes } from '../../netlink/route/rule.ts';
import { root } from '../../tools/paths.ts';
import { law, reading } from '../target.ts';
import type { Target } from '../target.ts';
import { anyMessage } from './arbitrary.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- formats of all kinds side by side
type AnyFormat = BodyFormat<any, any>;

/** The formats by the names of their messages; a name may stand for several. */
const byName: Readonly<Record<string, readonly AnyFormat[]>> = {
  LINK: [linkAttributes, portAttributes, portVlansAttributes].map((attributes) => ({
    header: ifinfomsg,
    attributes,
  })),
  // SOCK_DIAG_BY_FAMILY, of another protocol of netlink, has the number of RTM_NEWADDR.
  ADDR: [{ header: ifaddrmsg, attributes: addressAttributes }, answerFormat],
  ROUTE: [{ header: rtmsg, attributes: routeAttributes }],
  NEIGH: [{ header: ndmsg, attributes: neighbourAttributes }],
  QDISC: [{ header: tcmsg, attributes: qdiscAttributes }],
  TFILTER: [{ header: tcmsg, attributes: filterAttributes }],
  RULE: [{ header: fib_rule_hdr, attributes: ruleAttributes }],
};

const netfilter: Readonly<Record<string, Codec<object>>> = {
  TABLE: tableAttributes,
  CHAIN: chainAttributes,
  RULE: nftRule,
  SET: setAttributes,
  SETELEM: elementsAttributes,
};

function withoutVerb(name: string): string {
  return name.replace(/^(NEW|DEL|GET|SET)(?=[A-Z])/, '');
}

const formats = new Map<number, readonly AnyFormat[]>([
  ...Object.entries(RTM).map(([name, type]) => [type, byName[withoutVerb(name)] ?? []] as const),
  ...Object.entries(NFT_MSG).flatMap(([name, type]) => {
    const attributes = netfilter[withoutVerb(name)];
    const number = (NFNL_SUBSYS.NFTABLES << 8) | type;
    return attributes === undefined ? [] : [[number, [{ header: nfgenmsg, attributes }]] as const];
  }),
  ...Object.values(IPCTNL_MSG_CT).map((type) => {
    const format = { header: nfgenmsg, attributes: conntrackAttributes };
    return [(NFNL_SUBSYS.CTNETLINK << 8) | type, [format]] as const;
  }),
]);

/** Every capture of test/wire, as the datagram that was sent. */
export function captures(): Uint8Array[] {
  const folder = join(root, 'test', 'wire');
  const names = readdirSync(folder).filter((name) => name.endsWith('.hex'));
  return names.map((name) => {
    const text = readFileSync(join(folder, name), 'utf8').replaceAll(/#.*/g, '');
    return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
  });
}

const request = newLink('eth0', { mtu: 1500, info: { kind: 'veth', data: undefined } });
const sent = encodeMessage(request, 0, 1);

function readBody(format: AnyFormat, { payload }: Message): void {
  const body = reading(() => decodeBody(format, payload, format.header.bytes), CodecError);
  if (body === undefined) return;
  const { header, attributes } = body.value as { header: unknown; attributes: unknown };
  const written = reading(() => encode(format.attributes, attributes), CodecError);
  if (written === undefined) return;
  const again = encode(format.attributes, decode(format.attributes, written.value));
  law(
    Buffer.compare(written.value, again) === 0,
    `${format.attributes.name}: what was read is written otherwise`,
  );
  law(encode(format.header, header).length === format.header.bytes, `${format.header.name}: size`);
}

function readAnswer(message: Message): void {
  const acknowledgement = reading(() => readAcknowledgement(message), CodecError);
  if (acknowledgement !== undefined) new KernelError(request, sent, acknowledgement.value);
}

export const messages: Target = {
  about: 'datagrams of the kernel: messages, attributes, bodies of rtnetlink and netfilter, acknowledgements',
  seeds: captures,
  arbitrary: anyMessage([...formats.keys(), NLMSG.ERROR, NLMSG.DONE]),
  run: (input) => {
    let bytes = 0;
    const found = reading(() => {
      for (const message of splitMessages(input)) {
        bytes += nlmsghdr.bytes + bytesOf(message.payload).length;
        if (message.type === NLMSG.ERROR || message.type === NLMSG.DONE) readAnswer(message);
        for (const format of formats.get(message.type) ?? []) readBody(format, message);
      }
    }, CodecError);
    law(found === undefined || bytes <= input.length, 'messages have more bytes than the datagram');
  },
};
