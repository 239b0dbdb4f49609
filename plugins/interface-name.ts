// The name of an interface in a configuration.
import { checked, text } from '../cni/index.ts';
import { isLinkName } from '../cnm/interface/names.ts';

/** A name that the kernel takes for an interface. */
export const interfaceName = checked(text, (name, report) => {
  if (!isLinkName(name))
    report([], 'an interface name has 1 to 15 characters, none of them white space, "/" or ":"');
});
