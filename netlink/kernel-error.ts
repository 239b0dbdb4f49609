// What the kernel says no with: struct nlmsgerr and its extended acknowledgement (linux/netlink.h, NLMSGERR_ATTR_*).
import { TsnetError } from '../errors/tsnet-error.ts';
import { errnoName, errnoText } from '../native/index.ts';
import { attr, attrs } from './attributes.ts';
import { align, slice } from './codec.ts';
import { locateField, NLM_F, NLMSG, nlmsghdr } from './message.ts';
import type { AnyRequest, Message } from './message.ts';
import { cstring, s32, u32 } from './scalar.ts';

/** Attributes behind struct nlmsgerr. */
export const NLMSGERR_ATTR = { MSG: 1, OFFS: 2, MISS_TYPE: 5, MISS_NEST: 6 } as const;

const extendedAck = attrs('extended ack', {
  message: attr(NLMSGERR_ATTR.MSG, cstring),
  offset: attr(NLMSGERR_ATTR.OFFS, u32),
  missingType: attr(NLMSGERR_ATTR.MISS_TYPE, u32),
});

/** What an NLMSG_ERROR message says; errno 0 is an acknowledgement. */
export interface Acknowledgement {
  readonly errno: number;
  readonly message: string | undefined;
  readonly offset: number | undefined;
}

// NLMSG_ERROR echoes the request's header, or all of it, before the attributes; NLMSG_DONE has them behind the errno.
function attributesAt({ type, flags, payload }: Message): number {
  if (type === NLMSG.DONE) return 4;
  const original = nlmsghdr.read(slice(payload, 4, nlmsghdr.bytes));
  return 4 + align((flags & NLM_F.CAPPED) !== 0 ? nlmsghdr.bytes : original.length);
}

/**
 * Reads an NLMSG_ERROR message, or the errno that ends a dump with NLMSG_DONE. A malformed extended acknowledgement
 * never hides the errno.
 */
export function readAcknowledgement(answer: Message): Acknowledgement {
  const { payload, flags } = answer;
  const errno = -s32.read(slice(payload, 0, 4));
  const plain = { errno, message: undefined, offset: undefined };
  if ((flags & NLM_F.ACK_TLVS) === 0) return plain;
  try {
    const from = attributesAt(answer);
    const { message, offset } = extendedAck.read(slice(payload, from, payload.byteLength - from));
    return { errno, message, offset };
  } catch {
    return plain;
  }
}

/** The kernel's refusal of a request: which operation on what, the errno, its own words and the field at fault. */
export class KernelError extends TsnetError {
  readonly operation: string;
  readonly errno: string;
  readonly attribute: string | undefined;

  constructor(request: AnyRequest, encoded: Uint8Array, { errno, message, offset }: Acknowledgement) {
    const attribute = offset === undefined ? undefined : locateField(request, encoded, offset).join('.');
    const what =
      request.subject === undefined ? request.operation : `${request.operation} ${request.subject}`;
    const why = message === undefined ? errnoText(errno) : `${message} (${errnoName(errno)})`;
    const name = errnoName(errno);
    super(
      name === 'EPERM' ? 'TSNET_PERMISSION' : 'TSNET_KERNEL',
      `${what}: ${why}${attribute ? `, at ${attribute}` : ''}`,
    );
    this.name = 'KernelError';
    this.operation = request.operation;
    this.errno = name;
    this.attribute = attribute === '' ? undefined : attribute;
  }
}

/** Tells whether the kernel refused with one of these errnos, such as `ENOENT`. */
export function isKernelError(error: unknown, ...errnos: string[]): error is KernelError {
  return error instanceof KernelError && errnos.includes(error.errno);
}
