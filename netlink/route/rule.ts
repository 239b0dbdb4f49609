// Policy rules (RTM_*RULE, linux/fib_rules.h): which routing table a packet is looked up in.
import { addressBits } from '../../address/index.ts';
import type { Ip } from '../../address/index.ts';
import { attr, attrs } from '../attributes.ts';
import type { Infer } from '../codec.ts';
import type { Connection } from '../connection.ts';
import { NLM_F } from '../message.ts';
import type { Request } from '../message.ts';
import { ip, pad, u32, u8 } from '../scalar.ts';
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
  source: attr(FRA.SRC, ip),
  priority: attr(FRA.PRIORITY, u32),
  table: attr(FRA.TABLE, u32),
});

const format = { header: fib_rule_hdr, attributes: ruleAttributes };
type RuleRequest = Request<Infer<typeof fib_rule_hdr>, Infer<typeof ruleAttributes>>;

/** A rule by which what comes from one address is looked up in a table. */
export interface RuleSpec {
  readonly source: Ip;
  readonly table: number;
}

function ruleRequest(
  operation: 'NEWRULE' | 'DELRULE',
  flags: number,
  { source, table }: RuleSpec,
): RuleRequest {
  return {
    operation: `RTM_${operation}`,
    subject: `rule from ${source.toString()} lookup ${table}`,
    type: RTM[operation],
    flags,
    format,
    body: {
      header: fib_rule_hdr.make({
        family: familyNumber(source.family),
        srcPrefix: addressBits[source.family],
        table: RT_TABLE.UNSPEC,
        action: FR_ACT.TO_TBL,
      }),
      attributes: { source, table },
    },
  };
}

/** Asks for a rule, in front of those that are there but for the one of the local table; refused with EEXIST when it is there. */
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
  readonly table: number;
  readonly priority: number;
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
      table: attributes.table ?? header.table,
      priority: attributes.priority ?? 0,
    }));
}
