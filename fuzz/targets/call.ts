// A whole call of a plugin whose verbs do nothing: whatever comes in, one JSON object or nothing comes out.
import { definePlugin, invokePlugin, networkConfig } from '../../cni/index.ts';
import { inputs, law } from '../target.ts';
import type { Target } from '../target.ts';
import { ADD, variablesIn } from './environment.ts';
import { configs } from './samples.ts';
import { words } from './words.ts';

const idle = definePlugin({
  type: 'idle',
  about: 'idle',
  config: networkConfig({}),
  args: ['IP'],
  add: ({ prevResult }) => prevResult ?? { interfaces: [], ips: [], routes: [], dns: {} },
  check: () => undefined,
  del: () => undefined,
  gc: () => undefined,
  status: () => undefined,
});

/** Variables and stdin, with an empty field between them. */
function joined(variables: string, stdin: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${variables}\0\0`), stdin]);
}

export const call: Target = {
  about: 'variables and stdin of a call, up to what is printed',
  words: [...words, 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION', 'CNI_ARGS=IP=10.1.0.2'],
  seeds: () => [
    ...configs.slice(0, 8).map((stdin) => joined(ADD, stdin)),
    ...['DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'].flatMap((verb) =>
      configs.slice(0, 2).map((stdin) => joined(ADD.replace('ADD', verb), stdin)),
    ),
    ...inputs(`${ADD}\0\0`),
  ],
  run: async (input) => {
    const at = Buffer.from(input).indexOf('\0\0');
    const [stdout, stderr]: [string[], string[]] = [[], []];
    const env = variablesIn(at < 0 ? input : input.subarray(0, at));
    const exitCode = await invokePlugin(idle, {
      env,
      readStdin: () => (at < 0 ? new Uint8Array() : input.slice(at + 2)),
      writeStdout: (text) => stdout.push(text),
      writeStderr: (text) => stderr.push(text),
    });
    if (!env['CNI_COMMAND']) return;
    law(stderr.length === 0, `a defect: ${stderr.join('')}`);
    law(stdout.length <= 1, 'more than one object is printed');
    const printed = stdout.map((text) => JSON.parse(text) as { code?: unknown; msg?: unknown });
    if (exitCode === 0) return;
    law(
      typeof printed[0]?.code === 'number' && typeof printed[0].msg === 'string',
      'an error without code or text',
    );
  },
};
