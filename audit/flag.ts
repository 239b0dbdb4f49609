// What an audit finds fault with.

/** Something that is wider, or otherwise than it was stated. */
export interface Flag {
  /** The kind, for programs; docs/audit.md has the list. */
  readonly code: FlagCode;
  /** The network, device, table or port that it is about. */
  readonly where: string;
  readonly what: string;
  readonly mend: string;
}

export const flagCodes = [
  'table-missing',
  'table-damaged',
  'elements-missing',
  'elements-extra',
  'internal-open',
  'isolation-open',
  'icc-open',
  'port-not-isolated',
  'port-wider',
  'routed-open',
  'direct-routing',
  'concealed-open',
  'route-localnet',
  'accept-ra',
  'learns-unseen',
  'foreign-dnat',
  'foreign-accept',
  'host-port',
  'loopback-open',
] as const;

export type FlagCode = (typeof flagCodes)[number];
