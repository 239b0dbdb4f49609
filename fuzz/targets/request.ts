// What comes over the daemon's socket, where there is a daemon.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { root } from '../../tools/paths.ts';
import { inputs, law, reading } from '../target.ts';
import type { Target } from '../target.ts';

interface Decoder {
  decodeRequest(bytes: Uint8Array): { plugin: string; env: Record<string, string>; stdin: Uint8Array };
  encodeRequest(request: ReturnType<Decoder['decodeRequest']>): Uint8Array;
}

const folder = join(root, 'daemon');

/** Tells whether there is a daemon to fuzz. */
export function isThere(): boolean {
  return existsSync(join(folder, 'request.ts'));
}

/** Makes the target. */
export async function request(): Promise<Target> {
  const { decodeRequest, encodeRequest } = (await import(join(folder, 'request.ts'))) as Decoder;
  const { Refusal } = (await import(join(folder, 'refusal.ts'))) as { Refusal: new () => Error };
  const head = `tsnet ${packageJson.version}\0bridge\0`;
  return {
    about: 'a request of the client of the daemon',
    words: [head, '\0', '\0\0', 'CNI_COMMAND=ADD\0', 'TSNET_RETRY=1\0', 'TRACEPARENT=', 'CNI_=', '{}'],
    seeds: () =>
      inputs(`${head}CNI_COMMAND=ADD\0CNI_IFNAME=eth0\0\0{"name":"a"}`, `${head}\0`, 'tsnet 9\0a\0\0'),
    run: (input) => {
      const read = reading(() => decodeRequest(input), Refusal)?.value;
      if (read === undefined) return;
      law(read.plugin !== '' && !read.plugin.includes('\0'), 'a plugin without a name');
      const again = decodeRequest(encodeRequest(read));
      law(JSON.stringify(again) === JSON.stringify(read), 'a request is written otherwise than it was read');
    },
  };
}
