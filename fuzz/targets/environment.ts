// The variables of a call: NAME=value fields that end in NUL.
import { CniError } from '../../cni/index.ts';
import { checkCniArgs } from '../../cni/cni-args.ts';
import { commands, readEnvironment } from '../../cni/environment.ts';
import { inputs, law, reading, textOf } from '../target.ts';
import type { Target } from '../target.ts';

/** The variables that an input has. */
export function variablesIn(input: Uint8Array): Record<string, string> {
  const fields = textOf(input).split('\0');
  return Object.fromEntries(
    fields.map((field) => [field.split('=', 1)[0] ?? '', field.slice(field.indexOf('=') + 1)]),
  );
}

/** The variables of an ADD, as an input has them. */
export const ADD =
  'CNI_COMMAND=ADD\0CNI_CONTAINERID=c1\0CNI_NETNS=/run/netns/c1\0CNI_IFNAME=eth0\0CNI_PATH=/a:/b';

export const environment: Target = {
  about: 'the CNI variables of a call, CNI_ARGS among them',
  words: [
    ...commands,
    'CNI_ARGS=',
    'CNI_IFNAME=',
    'CNI_NETNS=',
    '\0',
    ';',
    '=',
    'IgnoreUnknown=1',
    '..',
    '/',
  ],
  seeds: () => inputs(ADD, `${ADD}\0CNI_ARGS=IP=10.1.0.2;IgnoreUnknown=true`, 'CNI_COMMAND=VERSION'),
  run: (input) => {
    const read = reading(() => readEnvironment(variablesIn(input)), CniError)?.value;
    if (read === undefined) return;
    reading(() => checkCniArgs(read.args, ['IP']), CniError);
    if (!['ADD', 'DEL', 'CHECK'].includes(read.command)) return;
    law(
      !/[/\s\0]/.test(read.ifname) && !['', '.', '..'].includes(read.ifname),
      'an interface name that is none',
    );
    law(
      /^[\w.-]+$/.test(read.containerId) && !read.containerId.startsWith('.'),
      'a container id that is a path',
    );
  },
};
