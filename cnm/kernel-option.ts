// Keys whose effect needs a kernel built with a certain option.
import { TsnetError } from '../errors/tsnet-error.ts';
import { isKernelError } from '../netlink/kernel-error.ts';

/**
 * Does what a key asks for; `key` is it with its value. Throws TSNET_UNSUPPORTED when the kernel was built without
 * `option`, as its EOPNOTSUPP tells.
 */
export function needingOption<T>(key: string, option: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isKernelError(error, 'EOPNOTSUPP')) throw error;
    throw new TsnetError('TSNET_UNSUPPORTED', `${key}: not supported by this kernel, it needs ${option}`, {
      cause: error,
      details: error.message,
    });
  }
}
