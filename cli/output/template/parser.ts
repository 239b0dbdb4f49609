// From the pieces of a template to the tree that is evaluated.
import { didYouMean } from '../../../errors/nearest.ts';
import { functions } from './functions.ts';
import { readPieces, templateError } from './lexer.ts';
import type { Piece, Token } from './lexer.ts';
import type { Node, Operand, Pipe } from './syntax.ts';

const keywords = ['if', 'with', 'range', 'else', 'end'];
const constants: Readonly<Record<string, boolean | null>> = { true: true, false: false, nil: null };

/** The tokens of one action, taken one by one. */
class Tokens {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  isAt(kind: Token['kind'], text?: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === kind && (text === undefined || token.text === text);
  }

  take(): Token {
    const token = this.next;
    if (token === undefined) throw templateError('an action {{ }} ends where a value is expected');
    this.#at++;
    return token;
  }

  skip(kind: Token['kind'], text: string): boolean {
    const isThere = this.isAt(kind, text);
    if (isThere) this.#at++;
    return isThere;
  }

  end(): void {
    if (this.next !== undefined) throw templateError(`"${this.next.text}": not expected there`);
  }
}

function readDeclaration(tokens: Tokens): Pick<Pipe, 'declares' | 'isAssignment'> {
  const pair =
    tokens.isAt('variable') && tokens.isAt('mark', ',', 1) && tokens.isAt('variable', undefined, 2);
  const sign = pair ? 3 : 1;
  const isNew = tokens.isAt('mark', ':=', sign);
  if (!tokens.isAt('variable') || !(isNew || tokens.isAt('mark', '=', sign)))
    return { declares: [], isAssignment: false };
  const declares = [tokens.take().text];
  if (tokens.skip('mark', ',')) declares.push(tokens.take().text);
  tokens.take();
  return { declares, isAssignment: !isNew };
}

function readPipe(tokens: Tokens): Pipe {
  const declaration = readDeclaration(tokens);
  const commands: Operand[][] = [];
  do {
    const operands = [readOperand(tokens)];
    while (tokens.next !== undefined && !tokens.isAt('mark', '|') && !tokens.isAt('mark', ')'))
      operands.push(readOperand(tokens));
    commands.push(operands);
  } while (tokens.skip('mark', '|'));
  return { ...declaration, commands };
}

function readOperand(tokens: Tokens): Operand {
  const token = tokens.take();
  const base = readBase(tokens, token);
  const path = token.kind === 'field' ? [token.text] : [];
  while (tokens.isAt('field') && tokens.next?.isApart === false) path.push(tokens.take().text);
  return { base, path };
}

function readBase(tokens: Tokens, { kind, text }: Token): Operand['base'] {
  switch (kind) {
    case 'dot':
    case 'field':
      return { kind: 'dot' };
    case 'string':
      return { kind: 'literal', value: text };
    case 'number':
      return { kind: 'literal', value: Number(text) };
    case 'variable':
      return { kind: 'variable', name: text };
    case 'word':
      return readWord(text);
    case 'mark': {
      if (text !== '(') throw templateError(`"${text}": not expected there`);
      const pipe = readPipe(tokens);
      if (!tokens.skip('mark', ')')) throw templateError('a "(" has no ")"');
      return { kind: 'pipe', pipe };
    }
  }
}

function readWord(name: string): Operand['base'] {
  const constant = Object.hasOwn(constants, name) ? constants[name] : undefined;
  if (constant !== undefined) return { kind: 'literal', value: constant };
  if (Object.hasOwn(functions, name)) return { kind: 'function', name };
  const meant = didYouMean(name, [...Object.keys(functions), ...keywords]);
  throw templateError(`no function "${name}"${meant || ' (a field begins with a dot)'}`);
}

/** The pieces of a template, taken one by one. */
class Parser {
  readonly #pieces: Piece[];

  constructor(pieces: Piece[]) {
    this.#pieces = pieces.reverse();
  }

  /** Reads up to an `end` or `else` of the block that it is in, and gives that, too. */
  list(): { nodes: Node[]; closing: Tokens | undefined } {
    const nodes: Node[] = [];
    for (let piece = this.#pieces.pop(); piece !== undefined; piece = this.#pieces.pop()) {
      if (piece.kind === 'text') {
        nodes.push(piece);
        continue;
      }
      const tokens = new Tokens(piece.tokens);
      if (tokens.isAt('word', 'end') || tokens.isAt('word', 'else')) return { nodes, closing: tokens };
      nodes.push(this.#action(tokens));
    }
    return { nodes, closing: undefined };
  }

  #action(tokens: Tokens): Node {
    for (const kind of ['if', 'with', 'range'] as const)
      if (tokens.skip('word', kind)) return this.#block(kind, tokens);
    const pipe = readPipe(tokens);
    tokens.end();
    return { kind: 'action', pipe };
  }

  #block(kind: 'if' | 'with' | 'range', tokens: Tokens): Node {
    const pipe = readPipe(tokens);
    tokens.end();
    const { nodes: body, closing } = this.list();
    if (closing === undefined) throw templateError(`{{${kind}}} has no {{end}}`);
    return { kind, pipe, body, otherwise: this.#otherwise(kind, closing) };
  }

  #otherwise(kind: string, closing: Tokens): Node[] {
    if (closing.skip('word', 'end')) {
      closing.end();
      return [];
    }
    closing.take();
    // `else if` is a block of its own, which ends with the one that it is in.
    for (const next of ['if', 'with'] as const)
      if (closing.skip('word', next)) return [this.#block(next, closing)];
    closing.end();
    const { nodes, closing: last } = this.list();
    if (last?.skip('word', 'end') !== true) throw templateError(`{{${kind}}} has no {{end}}`);
    last.end();
    return nodes;
  }
}

/** Reads the text of a template. Throws TSNET_CONFIG with what is wrong and, of a name, what may have been meant. */
export function parse(source: string): Node[] {
  const { nodes, closing } = new Parser(readPieces(source)).list();
  if (closing !== undefined)
    throw templateError(`{{${closing.take().text}}} without {{if}}, {{with}} or {{range}}`);
  return nodes;
}
