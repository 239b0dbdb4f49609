// A refused value as its caller is told of it.
import { explain } from '../cni/explain.ts';
import { WrongValue } from '../cni/validate.ts';

/** Does `work`, and throws what the contract makes of a wrong value. */
export function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof WrongValue ? explain(error) : error;
  }
}
