// Configurations of every plugin: what recognizes a right one and what tells of a wrong one have to agree.
import { isDeepStrictEqual } from 'node:util';
import * as zod from 'zod/mini';
import { plugins } from '../../bin/plugins.ts';
import { CniError } from '../../cni/index.ts';
import { readAttachments } from '../../cni/attachments.ts';
import { deletionConfig, readConfig } from '../../cni/config.ts';
import { explain } from '../../cni/explain.ts';
import { readIpamConfig } from '../../cni/ipam-config.ts';
import type { Reader } from '../../cni/reader.ts';
import { readStaticConfig } from '../../cni/static-config.ts';
import { validate, WrongValue } from '../../cni/validate.ts';
import { TsnetError } from '../../errors/tsnet-error.ts';
import { law, reading } from '../target.ts';
import type { Target } from '../target.ts';
import { networkConfig } from '../../cni/index.ts';
import { anyJson } from './arbitrary.ts';
import { configs } from './samples.ts';
import { words } from './words.ts';

const readers = new Map<string, Reader<unknown>>();
for (const [name, load] of Object.entries(plugins))
  readers.set(name, (await load()).config as Reader<unknown>);

function checkReader(name: string, reader: Reader<unknown>, text: string): void {
  const quick = reader.quick(JSON.parse(text));
  const slow = reader.schema(zod).safeParse(JSON.parse(text), { reportInput: true });
  law(
    (quick !== undefined) === slow.success,
    `${name}: quick ${quick === undefined ? 'refuses' : 'takes'} what the schema does not`,
  );
  const isSame = isDeepStrictEqual(quick, slow.data) && JSON.stringify(quick) === JSON.stringify(slow.data);
  law(isSame, `${name}: quick and schema read different values`);
  if (quick !== undefined) return;
  const { message } = explain(new WrongValue(reader, JSON.parse(text), undefined));
  law(message !== '' && message.length < 1000, `${name}: the explanation is ${message.length} long`);
}

const anyConfig = networkConfig({});

function readMore(json: Readonly<Record<string, unknown>>): void {
  reading(() => deletionConfig(json), WrongValue);
  reading(() => readAttachments(json), CniError, WrongValue);
  const config = reading(() => validate(anyConfig, structuredClone(json)), WrongValue)?.value;
  if (config === undefined) return;
  const input = { config, args: new Map([['IP', '10.1.0.2']]), version: '1.1.0' } as const;
  reading(() => readIpamConfig(input), CniError, WrongValue, TsnetError);
  reading(() => readStaticConfig(input), CniError, WrongValue, TsnetError);
}

export const config: Target = {
  about: 'a configuration on stdin, as each plugin reads it',
  words: [...words, ...[...readers.keys()].map((name) => JSON.stringify(name))],
  arbitrary: anyJson(words),
  seeds: () => configs,
  run: (input) => {
    const raw = reading(() => readConfig(input), CniError, WrongValue)?.value;
    if (raw === undefined) return;
    const text = JSON.stringify(raw.json);
    const names = [...readers.keys()];
    const type = String(raw.json['type']);
    // Of no plugin's type, it is for any of them.
    const name = readers.has(type) ? type : (names[input.length % names.length] ?? '');
    const reader = readers.get(name);
    if (reader !== undefined) checkReader(name, reader, text);
    readMore(raw.json);
  },
};
