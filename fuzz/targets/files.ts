// Files that others write: those of host-local, resolv.conf. The input is a file's content, and its name where that counts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ip } from '../../address/index.ts';
import { givenByHostLocal, heldByHostLocal, isGivenTo } from '../../cnm/host-local.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { readResolvConf } from '../../plugins/resolv-conf.ts';
import { inputs, law, reading, textOf } from '../target.ts';
import type { Target } from '../target.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsnet-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

export const files: Target = {
  about: 'a file of host-local ("<name>\\0<content>"), a resolv.conf',
  words: ['\n', '\r\n', 'eth0', 'nameserver ', 'search ', 'options ', 'domain ', ' ', '\t', '::', '10.1.0.2'],
  seeds: () =>
    inputs(
      '10.1.0.2\0c1\r\neth0',
      '10.1.0.3\0c1',
      'fd00::1\0c1\neth0\n',
      'nameserver 10.1.0.1\nsearch a b\n',
    ),
  run: (input) => {
    const [name = '', ...content] = textOf(input).split('\0');
    const isName = /^[^/]{1,60}$/.test(name) && Buffer.byteLength(name) < 200 && !/^\.\.?$/.test(name);
    const path = join(folder, isName ? name : 'other');
    writeFileSync(path, content.join('\0'));
    try {
      for (const given of givenByHostLocal(folder)) {
        law(given.container !== '' && given.path === path, 'an address of nobody');
        law(isGivenTo(given, { container: given.container, ifname: given.ifname ?? 'any' }), 'not its own');
      }
      heldByHostLocal(folder)(Ip.parse('10.1.0.2'));
    } finally {
      rmSync(path);
    }
    const resolvConf = join(folder, 'resolv.conf');
    writeFileSync(resolvConf, input);
    const dns = reading(() => readResolvConf(resolvConf), TsnetError)?.value;
    rmSync(resolvConf);
    law(
      dns === undefined ||
        Object.values(dns)
          .flat()
          .every((one) => one === undefined || !/\s/.test(one)),
      'a space',
    );
  },
};
