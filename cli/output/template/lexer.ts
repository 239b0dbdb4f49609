// From the text of a template to text and the tokens of its actions. The language is that of Go's text/template.
import { TsnetError } from '../../../errors/tsnet-error.ts';

/** The smallest part of an action. */
export interface Token {
  readonly kind: 'string' | 'number' | 'field' | 'dot' | 'variable' | 'word' | 'mark';
  /** As it stands there; of a string what it says, of a field and a variable the name. */
  readonly text: string;
  /** White space, or the beginning of the action, stands before it: `.A .B` are two values, `.A.B` is one. */
  readonly isApart: boolean;
}

/** Text that is copied, or an action. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[] };

/** The error for a template that cannot be read or used. */
export function templateError(what: string): TsnetError {
  return new TsnetError('TSNET_CONFIG', `--format: ${what}`);
}

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ['number', /[-+]?\d+(?:\.\d+)?(?![\w.])/y],
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['dot', /\./y],
  ['variable', /\$(?:[\p{L}_][\p{L}\p{N}_]*)?/uy],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['mark', /:=|[|(),=]/y],
];

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '"': '"',
  '\\': '\\',
  "'": "'",
};

function unquote(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  return text.slice(1, -1).replace(/\\(.)/g, (whole, letter: string) => {
    const meant = escapes[letter];
    if (meant === undefined) throw templateError(`${text}: ${whole} stands for nothing, a backslash is \\\\`);
    return meant;
  });
}

function valueOf(kind: Token['kind'], text: string): string {
  if (kind === 'string') return unquote(text);
  return kind === 'field' || kind === 'variable' ? text.slice(1) : text;
}

/** Reads one action from behind its `{{`; gives its tokens and where its `}}` ends. */
function readAction(source: string, start: number): { tokens: Token[]; end: number; isTrimming: boolean } {
  const tokens: Token[] = [];
  let isApart = true;
  for (let at = start; at < source.length;) {
    const close = /(?:\s-)?\}\}/y;
    close.lastIndex = at;
    const closing = close.exec(source);
    if (closing !== null) return { tokens, end: close.lastIndex, isTrimming: closing[0].length > 2 };
    if (/\s/.test(source[at] ?? '')) {
      at++;
      isApart = true;
      continue;
    }
    const found = patterns.find(([, pattern]) => {
      pattern.lastIndex = at;
      return pattern.test(source);
    });
    if (found === undefined)
      throw templateError(`"${source.slice(at, at + 10)}": nothing that begins so may stand in {{ }}`);
    const [kind, pattern] = found;
    tokens.push({ kind, text: valueOf(kind, source.slice(at, pattern.lastIndex)), isApart });
    at = pattern.lastIndex;
    isApart = false;
  }
  throw templateError(`"{{${source.slice(start, start + 20)}": no }} ends it`);
}

// As with Docker, `\t` and `\n` may be typed in a shell without more ado.
function plain(text: string): string {
  return text.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}

/** Reads a template. Throws TSNET_CONFIG. */
export function readPieces(source: string): Piece[] {
  const pieces: Piece[] = [];
  let isTrimming = false;
  for (let at = 0; at <= source.length;) {
    const open = source.indexOf('{{', at);
    let text = plain(source.slice(at, open < 0 ? source.length : open));
    if (isTrimming) text = text.trimStart();
    const isTrimmedBehind = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    if (isTrimmedBehind) text = text.trimEnd();
    if (text !== '') pieces.push({ kind: 'text', text });
    if (open < 0) break;
    const start = open + (isTrimmedBehind ? 3 : 2);
    const comment = /\s*\/\*[^]*?\*\/(\s-)?\s*\}\}/y;
    comment.lastIndex = start;
    const skipped = comment.exec(source);
    if (skipped !== null) {
      at = comment.lastIndex;
      isTrimming = skipped[1] !== undefined;
      continue;
    }
    const action = readAction(source, start);
    pieces.push({ kind: 'action', tokens: action.tokens });
    ({ end: at, isTrimming } = action);
  }
  return pieces;
}
