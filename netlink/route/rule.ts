// Policy rules (RTM_*RULE, linux/fib_rules.h): which routing table a packet is looked up in.
import { addressBits, Cidr } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { attr, attrs } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { NLM_F } from '../message.ts';
import type { Request } from '../message.ts';
import { cstring, ip, pad, u32, u8 } from '../scalar.ts';
import { struct } from '../struct.ts';
import { familyNumber } from './address.ts';
import { AF, FR_ACT, FRA, RT_TABLE, RTM } from './constants.ts';

/** struct fib_rule_hdr. */
export const fib_rule_hdr = struct('fib_rule_hdr', {
  family: u8,
  dstPrefix: u8,
  srcPrefix: u8,
  tos: u8,
  table: u8,
  reserved1: pad(1),
  reserved2: pad(1),
  action: u8,
  flags: u32,
});

export const ruleAttributes = attrs('rule', {
  iif: attr(FRA.IIFNAME, cstring),
  source: attr(FRA.SRC, ip),
  destination: attr(FRA.DST, ip),
  table: attr(FRA.TABLE, u32),
  priority: attr(FRA.PRIORITY, u32),
  protocol: attr(FRA.PROTOCOL, u8),
});

const format = { header: fib_rule_hdr, attributes: ruleAttributes };
type RuleRequest = Request<Infer<typeof fib_rule_hdr>, Infer<typeof ruleAttributes>>;

/** A rule by which what comes from one address is looked up in a table. */
export interface SourceRule {
  readonly source: Ip;
  readonly table: number;
}

/** A rule by which what comes in by an interface and goes to a subnet is looked up in a table. */
export interface PassageRule {
  readonly iif: string;
  readonly destination: Cidr;
  readonly table: number;
  /** Rules are asked in the order of these numbers; the local table has 0. */
  readonly priority: number;
  /** Who made it: a number as in /etc/iproute2/rt_protos. */
  readonly protocol: number;
}

export type RuleSpec = SourceRule | PassageRule;

function textOf(rule: RuleSpec): string {
  const what =
    'source' in rule
      ? `from ${rule.source.toString()}`
      : `from all to ${rule.destination.toString()} iif ${rule.iif}`;
  return `rule ${what} lookup ${rule.table}`;
}

function bodyOf(rule: RuleSpec): RuleRequest['body'] {
  const header = { table: RT_TABLE.UNSPEC, action: FR_ACT.TO_TBL };
  if ('source' in rule) {
    const { source, table } = rule;
    const family = familyNumber(source.family);
    return {
      header: fib_rule_hdr.make({ ...header, family, srcPrefix: addressBits[source.family] }),
      attributes: { source, table },
    };
  }
  const { destination, ...attributes } = rule;
  return {
    header: fib_rule_hdr.make({
      ...header,
      family: familyNumber(destination.family),
      dstPrefix: destination.prefix,
    }),
    attributes: { ...attributes, destination: destination.network },
  };
}

function ruleRequest(operation: 'NEWRULE' | 'DELRULE', flags: number, rule: RuleSpec): RuleRequest {
  return {
    operation: `RTM_${operation}`,
    subject: textOf(rule),
    type: RTM[operation],
    flags,
    format,
    body: bodyOf(rule),
  };
}

/**
 * Asks for a rule; without a priority in front of those that are there but for the one of the local table. Refused with EEXIST when it is
 * there.
 */
export function newRule(rule: RuleSpec): RuleRequest {
  return ruleRequest('NEWRULE', NLM_F.CREATE | NLM_F.EXCL, rule);
}

/** Asks to delete a rule; refused with ENOENT when it is not there. */
export function deleteRule(rule: RuleSpec): RuleRequest {
  return ruleRequest('DELRULE', 0, rule);
}

/** A rule as the kernel shows it; without `source` it is about packets from anywhere. */
export interface Rule {
  readonly source: Ip | undefined;
  readonly sourcePrefix: number;
  readonly destination: Cidr | undefined;
  readonly iif: string | undefined;
  readonly table: number;
  readonly priority: number;
  readonly protocol: number | undefined;
}

/** All rules of the connection's namespace, of both families. */
export function listRules(connection: Connection): Rule[] {
  const request: RuleRequest = {
    operation: 'RTM_GETRULE',
    type: RTM.GETRULE,
    flags: 0,
    format,
    body: { header: fib_rule_hdr.make({}), attributes: {} },
  };
  return connection
    .dump(request)
    .filter(({ header }) => header.family === AF.INET || header.family === AF.INET6)
    .map(({ header, attributes }) => ({
      source: attributes.source,
      sourcePrefix: header.srcPrefix,
      destination:
        attributes.destination === undefined ? undefined : Cidr.of(attributes.destination, header.dstPrefix),
      iif: attributes.iif,
      table: attributes.table ?? header.table,
      priority: attributes.priority ?? 0,
      protocol: attributes.protocol,
    }));
}
