// What a doctor finds.

/** Something that is wrong (`problem`), or that may be what somebody wants (`note`). */
export interface Finding {
  readonly severity: 'problem' | 'note';
  /** The kind, for programs; docs/shell.md has the list. */
  readonly code: FindingCode;
  /** The network, device, table, setting or sandbox that it is about. */
  readonly where: string;
  readonly what: string;
  readonly mend: string;
}

export const findingCodes = [
  'kernel-lacks',
  'not-forwarding',
  'no-way-out',
  'firewall-refuses',
  'firewall-unseen',
  'subnets-overlap',
  'tables-damaged',
  'device-changed',
  'link-damaged',
  'sandbox-ended',
  'endpoint-gone',
  'endpoint-unfinished',
  'link-stray',
  'namespace-stray',
] as const;

export type FindingCode = (typeof findingCodes)[number];

/** How what tsnet can put right itself is mended. */
export const BY_MENDING = 'tsnet doctor --mend puts it right, and so does a daemon';
