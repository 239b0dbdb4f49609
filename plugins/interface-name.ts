// The name of an interface in a configuration.
import { checked, text } from '../cni/index.ts';

/** A name that the kernel takes for an interface: dev_valid_name in net/core/dev.c. */
export const interfaceName = checked(text, (name, report) => {
  if (!/^[^\s/:]{1,15}$/.test(name))
    report([], 'an interface name has 1 to 15 characters, none of them white space, "/" or ":"');
  if (name === '.' || name === '..') report([], 'no interface name');
});
