import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTsnetError } from '../../../errors/tsnet-error.ts';
import { evaluate } from './evaluate.ts';
import { headingOf } from './headings.ts';
import { parse } from './parser.ts';
import { openMap } from './values.ts';

const value = {
  Name: 'web',
  Count: 2,
  IsUp: true,
  Nothing: undefined,
  List: ['a', 'b'],
  Nets: [
    { Name: 'one', Subnets: ['10.0.0.0/8'] },
    { Name: 'two', Subnets: [] },
  ],
  Labels: openMap({ tier: 'front', b: '1' }),
  Label: (key: string) => ({ tier: 'front' })[key] ?? '',
};

const render = (source: string, of: unknown = value): string => evaluate(parse(source), of);

describe('what a template makes', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['{{.Name}} {{.Labels.tier}}', 'web front'],
    ['{{.Name}}\\t{{.Count}}\\n', 'web\t2\n'],
    [
      '{{.Labels}} {{.List}} {{.Labels.none}} {{.Nothing}}',
      'map[b:1 tier:front] [a b] <no value> <no value>',
    ],
    ['{{json .List}} {{json .Labels}}', '["a","b"] {"tier":"front","b":"1"}'],
    ['{{range .List}}<{{.}}>{{end}}', '<a><b>'],
    ['{{range $at, $one := .List}}{{$at}}={{$one}}{{$.Name}};{{end}}', '0=aweb;1=bweb;'],
    ['{{range $one := .List}}{{$one}}{{end}}', 'ab'],
    ['{{range $key, $one := .Labels}}{{$key}}={{$one}} {{end}}', 'b=1 tier=front '],
    [
      '{{range .Nets}}{{.Name}}:{{range .Subnets}}{{.}}{{else}}none{{end}} {{end}}',
      'one:10.0.0.0/8 two:none ',
    ],
    ['{{if .IsUp}}up{{else}}down{{end}}', 'up'],
    ['{{if not .IsUp}}down{{else if eq .Count 2}}two{{else}}other{{end}}', 'two'],
    ['{{if .Nothing}}x{{end}}{{with .Labels}}{{.tier}}{{end}}{{with .Nothing}}{{else}}-{{end}}', 'front-'],
    ['{{index .List 1}} {{index .Labels "tier"}} {{(index .Nets 0).Name}}', 'b front one'],
    ['{{index .Nets 0 "Subnets" 0}}|{{index .Labels "none"}}', '10.0.0.0/8|'],
    ['{{len .List}} {{len .Name}} {{len .Labels}}', '2 3 2'],
    ['{{.Name | upper | printf "%s-%5s|%-4s|%q" "x" "y"}}', 'x-    y|WEB |'],
    [
      '{{join .List ", "}} {{index (split "a:b" ":") 1}} {{title "ab cd"}} {{truncate .Name 2}}',
      'a, b b Ab Cd we',
    ],
    ['{{$x := .Name}}{{if true}}{{$x = "new"}}{{end}}{{$x}}', 'new'],
    ['{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}', '1'],
    ['a {{- /* a remark */ -}} b {{- .Name -}} c', 'abwebc'],
    ['{{"a\\tb\\"" }}{{`raw\\t`}}{{-1}} {{1.5}}', 'a\tb"raw\\t-1 1.5'],
    ['{{and .Name .Count}} {{or .Nothing .Count}} {{and .IsUp false}}', '2 2 false'],
    ['{{eq .Name "a" "web"}} {{ne .Count 2}} {{lt 1 2}} {{ge "b" "c"}}', 'true false true false'],
    ['{{.Label "tier"}}{{.Label "none"}}', 'front'],
    ['{{println .Name .Count}}{{pad "x" 1 2}}|', 'web 2\n x  |'],
    ['{{(.Name)}} {{ (index .Nets 1).Subnets | len }}', 'web 0'],
  ])('%s', (source, text) => {
    // One of printf's verbs is left without a value above.
    if (source.includes('%q')) expect(() => render(source)).toThrow('nothing is left for %q');
    else expect(render(source)).toBe(text);
  });
});

describe('what is refused, in one line', () => {
  test.each([
    ['{{.Nmae}}', 'no field ".Nmae", did you mean ".Name"? (there are: .Name .Count'],
    ['{{range .Nets}}{{.Nam}}{{end}}', 'no field ".Nam", did you mean ".Name"? (there are: .Name .Subnets)'],
    ['{{.Name.First}}', 'no field ".First" in a plain value'],
    ['{{.List.First}}', 'no field ".First" in a list'],
    ['{{uper .Name}}', 'no function "uper", did you mean "upper"?'],
    ['{{Name}}', 'no function "Name" (a field begins with a dot)'],
    ['{{$y}}', 'no variable "$y"'],
    ['{{.Name', 'no }} ends it'],
    ['{{', 'no }} ends it'],
    ['{{}}', 'an action {{ }} ends where a value is expected'],
    ['{{if .Name}}', '{{if}} has no {{end}}'],
    ['{{if .Name}}{{else}}', '{{if}} has no {{end}}'],
    ['{{end}}', '{{end}} without {{if}}, {{with}} or {{range}}'],
    ['{{(.Name}}', 'a "(" has no ")"'],
    ['{{.Name "x"}}', '".Name" takes no arguments'],
    ['{{len}}', 'len: takes 1 arguments, got 0'],
    ['{{len .Count}}', 'len: 2 has no length'],
    ['{{index .List 5}}', 'index 5: out of range, there are 2'],
    ['{{range .Name}}{{end}}', 'range over "web"'],
    ['{{.Name ;}}', '";}}": nothing that begins so may stand in {{ }}'],
    ['{{"\\z"}}', '\\z stands for nothing'],
  ])('%s', (source, message) => {
    expect(() => render(source)).toThrow(`--format: `);
    expect(() => render(source)).toThrow(message);
  });
});

describe('whatever it is given', () => {
  test('a value becomes its JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        expect(JSON.parse(render('{{json .}}', any))).toEqual(JSON.parse(JSON.stringify(any)));
      }),
    );
  });

  test('text without actions stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('{{') && !text.includes('\\'));
        expect(render(text)).toBe(text);
      }),
    );
  });

  test('a range is its body for each, one after the other, and index goes where range goes', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (List) => {
        expect(render('{{range .List}}[{{.}}]{{end}}', { List })).toBe(
          List.map((one) => `[${one}]`).join(''),
        );
        List.forEach((one, at) => expect(render(`{{index .List ${at}}}`, { List })).toBe(one));
      }),
    );
  });

  test('what cannot be read is refused with a message of its own, in one line', () => {
    const part = fc.constantFrom(
      ...[
        '{{',
        '}}',
        'if ',
        'range ',
        'with ',
        'else',
        'end',
        '.',
        '.Name',
        '.List',
        '$x',
        ':=',
        '=',
        ',',
        '|',
      ],
      ...['(', ')', '"a"', '`', '"', '1', '-', ' ', '/*', '*/', 'len', 'index', 'json', 'printf', 'x', '\\'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), (parts) => {
        try {
          expect(typeof render(parts.join(''))).toBe('string');
        } catch (error) {
          expect(isTsnetError(error, 'TSNET_CONFIG'), String(error)).toBe(true);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test('headings are those of the fields', () => {
  const headings = { ID: 'NETWORK ID', Name: 'NAME' };
  const of = (source: string): string => headingOf(parse(source), headings);
  expect(of('{{.ID}}\\t{{upper .Name}}\\t{{.CreatedAt}}')).toBe('NETWORK ID\tNAME\tCREATED AT');
  expect(of('{{.Label "tier"}}\\t{{.Labels.tier}}\\t{{range .Names}}{{.}}{{end}}')).toBe('TIER\tTIER\tNAMES');
  expect(of('{{if .Name}}{{.Name}}{{end}}\\t{{(index .Nets 0).ID}}\\t{{$x := .ID}}')).toBe('NAME\tNETS\t');
});
