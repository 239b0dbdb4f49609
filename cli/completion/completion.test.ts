import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../main.ts';
import { documented, manPage, pageName } from '../man-page.ts';
import { complete } from './candidates.ts';
import { scripts } from './scripts.ts';

const silent = (): void => undefined;
const tsnet = await program({
  args: [],
  env: {},
  out: silent,
  err: silent,
  executable: '',
  plugins: [],
  loaders: {},
});
const names = { networks: () => ['bridge', 'host', 'none', 'backend'], sandboxes: () => ['web', 'db'] };

function words(line: string): string[] {
  return complete(tsnet, line.split(' '), names).candidates.map(({ word }) => word);
}

describe('the words that may stand there', () => {
  test.each<[string, string[]]>([
    ['netw', ['network']],
    ['network in', ['inspect']],
    ['network inspect ', ['bridge', 'host', 'none', 'backend']],
    ['network inspect bridge ba', ['backend']],
    ['network ls --for', ['--format']],
    ['network ls --format ', ['json', 'table']],
    ['network ls --format=j', ['--format=json']],
    ['network filter add backend b', ['bridge', 'backend']],
    ['network filter add --through w', ['web']],
    ['inspect --format json ', ['web', 'db']],
    ['rm w', ['web']],
    ['trace h', ['host']],
    ['trace web ', ['host', 'web', 'db']],
    ['run --network ', ['bridge', 'backend', 'none', 'host', 'container:web', 'container:db']],
    ['run --network container:d', ['container:db']],
    ['run --ip ', []],
    ['--log-level t', ['trace']],
    ['--log-level info net', ['network']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['nope ', []],
    ['__', []],
  ])('%s', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  test('paths where the shell knows better', () => {
    expect(complete(tsnet, ['run', '--name', 'x', '--', 'ls', '--all', ''], names).paths).toBe('files');
    expect(complete(tsnet, ['man', '--dir', ''], names).paths).toBe('folders');
    expect(complete(tsnet, ['ps', ''], names)).toEqual({ candidates: [], paths: 'none' });
  });

  test('every command and every option of it is among them', () => {
    for (const command of documented(tsnet)) {
      const path = pageName(command).split('-').slice(1);
      const parent = path.slice(0, -1);
      if (path.length > 0) expect(words([...parent, ''].join(' '))).toContain(path.at(-1));
      for (const { long } of command.options.filter(({ hidden }) => !hidden))
        expect(words([...path, '--'].join(' '))).toContain(long);
    }
  });
});

const has = (tool: string): boolean => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;

test.skipIf(!has('bash'))(
  'bash asks for the words before the cursor and takes what is behind the last = or :',
  () => {
    const ask = (line: string, answer: string): string[] => {
      const script = `${scripts.bash}
      tsnet() { printf '%s\\n' "$@" > "$ASKED"; printf "$ANSWER"; }
      COMP_LINE=$LINE COMP_POINT=\${#LINE}; compopt() { :; }; _tsnet; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const folder = mkdtempSync(join(tmpdir(), 'tsnet-bash-'));
      try {
        writeFileSync(join(folder, 'one'), '');
        const env = { PATH: process.env['PATH'], LINE: line, ANSWER: answer, ASKED: join(folder, 'asked') };
        const output = execFileSync('bash', ['--norc', '-c', script], {
          env,
          encoding: 'utf8',
          cwd: folder,
          input: '',
        });
        const asked = execFileSync('cat', [join(folder, 'asked')], { encoding: 'utf8' });
        return [...asked.split('\n').slice(2, -1), '->', ...output.split('\n').slice(0, -1)];
      } finally {
        rmSync(folder, { recursive: true });
      }
    };
    expect(ask('tsnet netw', 'network\\tdefine networks\\n:none\\n')).toEqual(['netw', '->', 'network']);
    expect(ask('tsnet rm ', 'web\\tsandbox\\ndb\\tsandbox\\n:none\\n')).toEqual([
      'rm',
      '',
      '->',
      'web',
      'db',
    ]);
    const shared = ask('tsnet run --network container:d', 'container:db\\tnetwork\\n:none\\n');
    expect(shared).toEqual(['run', '--network', 'container:d', '->', 'db']);
    expect(ask('tsnet run -- o', ':files\\n')).toEqual(['run', '--', 'o', '->', 'one']);
  },
);

describe('man pages', () => {
  const pages = documented(tsnet).map((command): [string, string] => [
    pageName(command),
    manPage(command, '1.2.3'),
  ]);

  test('there is one for each command, with all its options', () => {
    const page = new Map(pages).get('tsnet-network-create') ?? '';
    expect(pages.map(([name]) => name)).toContain('tsnet');
    expect(page).toContain('.SH NAME\ntsnet\\-network\\-create \\- define a network\n');
    expect(page).toContain('\\fB\\-\\-subnet\\fR <cidr>');
    expect(page).not.toContain('default: []');
    expect(new Map(pages).get('tsnet-run')).toContain('\\fB125\\fR');
  });

  test.skipIf(!has('groff'))('groff finds nothing wrong with them', () => {
    const input = pages.map(([, page]) => page).join('');
    const { status, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], {
      input,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});
