// The key `egress` of plugins whose endpoints the host routes for: what a container may call.
import { checked, cidrText, goObject, list, optional, reader, required, text } from '../cni/index.ts';
import type { Reader } from '../cni/index.ts';
import { isEgressKind, readPortRange } from '../cnm/request.ts';
import type { Egress, EgressEntry } from '../cnm/request.ts';
import { isTsnetError } from '../errors/tsnet-error.ts';

const kind = checked(text, (value, report) => {
  if (!isEgressKind(value)) report([], 'must be "internet", "local", "none", or a list of {"cidr", "ports"}');
});

const ports = checked(list(text), (texts, report) => {
  if (texts.length === 0) report([], 'names no port: leave it out for every protocol and port');
  for (const [at, one] of texts.entries()) {
    try {
      readPortRange(one);
    } catch (error) {
      if (!isTsnetError(error)) throw error;
      report([at], error.message);
    }
  }
});

// A key that is spelled wrong would open more than is meant.
const entry = checked(goObject({ cidr: required(cidrText), ports: optional(ports) }), (value, report) => {
  const stranger = Object.keys(value).find((key) => !['cidr', 'ports'].includes(key));
  if (stranger !== undefined) report([stranger], 'not known here; there are "cidr" and "ports"');
});

const entries = checked(list(entry), (value, report) => {
  if (value.length === 0) report([], 'allows nothing: say "none" for that');
});

/** `"internet"`, `"local"`, `"none"`, or a list such as `[{ "cidr": "10.0.0.0/8", "ports": ["443/tcp"] }]`. */
export const egress: Reader<Egress> = reader(
  (z) =>
    z.pipe(
      z.unknown(),
      z.transform((value, context) => {
        const half = Array.isArray(value) ? entries : kind;
        const outcome = z.safeParse(half.schema(z), value, { reportInput: true });
        if (outcome.success) return toEgress(outcome.data);
        context.issues.push(...(outcome.error.issues as never[]));
        return z.NEVER;
      }),
    ),
  (value) => {
    const settled = Array.isArray(value) ? entries.quick(value) : kind.quick(value);
    return settled === undefined ? undefined : toEgress(settled);
  },
);

function toEgress(
  value: string | readonly { cidr: EgressEntry['cidr']; ports?: string[] | undefined }[],
): Egress {
  if (typeof value === 'string') return value as Egress;
  return value.map(({ cidr, ports: some }) => ({ cidr, ports: some?.map(readPortRange) }));
}
