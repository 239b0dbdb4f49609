// Values of options that are read by what knows nothing of options.
import { TsnetError } from '../errors/tsnet-error.ts';

/** What `parse` makes of a value; of an error of its the message names the option, too. Throws what `parse` throws. */
export function ofOption<T>(option: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TsnetError) error.message = `${option}: ${error.message}`;
    throw error;
  }
}
