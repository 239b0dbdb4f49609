// A template with a value becomes text.
import { callFunction } from './functions.ts';
import { templateError } from './lexer.ts';
import type { Node, Operand, Pipe } from './syntax.ts';
import { entriesOf, fieldOf, isTrue, print } from './values.ts';

/** The variables in sight; those of a block end with it. */
class Scope {
  readonly #outer: Scope | undefined;
  readonly #values = new Map<string, unknown>();

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  #holding(name: string): Scope {
    if (this.#values.has(name)) return this;
    if (this.#outer === undefined) throw templateError(`no variable "$${name}"`);
    return this.#outer.#holding(name);
  }

  get(name: string): unknown {
    return this.#holding(name).#values.get(name);
  }

  set(name: string, value: unknown, isAssignment: boolean): void {
    (isAssignment ? this.#holding(name) : this).#values.set(name, value);
  }
}

function baseOf({ base }: Operand, dot: unknown, scope: Scope): unknown {
  switch (base.kind) {
    case 'dot':
      return dot;
    case 'literal':
      return base.value;
    case 'variable':
      return scope.get(base.name);
    case 'function':
      return callFunction(base.name, []);
    case 'pipe':
      return evaluatePipe(base.pipe, dot, scope);
  }
}

// A field may be a function, which takes what stands behind it.
function valueOf(operand: Operand, dot: unknown, scope: Scope, values: readonly unknown[] = []): unknown {
  const found = operand.path.reduce(fieldOf, baseOf(operand, dot, scope));
  if (typeof found === 'function') return (found as (...given: readonly unknown[]) => unknown)(...values);
  if (values.length > 0) throw templateError(`".${operand.path.join('.')}" takes no arguments`);
  return found;
}

function evaluateCommand(
  [first, ...others]: readonly Operand[],
  dot: unknown,
  scope: Scope,
  piped: readonly unknown[],
): unknown {
  if (first === undefined) return undefined;
  const values = [...others.map((one) => valueOf(one, dot, scope)), ...piped];
  if (first.base.kind !== 'function') return valueOf(first, dot, scope, values);
  return first.path.reduce(fieldOf, callFunction(first.base.name, values));
}

function evaluatePipe({ commands, declares, isAssignment }: Pipe, dot: unknown, scope: Scope): unknown {
  const [first = [], ...others] = commands;
  const start = evaluateCommand(first, dot, scope, []);
  const value = others.reduce<unknown>((before, one) => evaluateCommand(one, dot, scope, [before]), start);
  const [name] = declares;
  if (name !== undefined && declares.length === 1) scope.set(name, value, isAssignment);
  return value;
}

function renderRange(
  node: Extract<Node, { kind: 'range' | 'if' | 'with' }>,
  dot: unknown,
  scope: Scope,
): string {
  const { declares } = node.pipe;
  const entries = entriesOf(evaluatePipe({ ...node.pipe, declares: [] }, dot, scope));
  if (entries.length === 0) return render(node.otherwise, dot, new Scope(scope));
  const [first, second] = declares;
  return entries
    .map(([key, value]) => {
      const inner = new Scope(scope);
      if (first !== undefined) inner.set(first, second === undefined ? value : key, false);
      if (second !== undefined) inner.set(second, value, false);
      return render(node.body, value, inner);
    })
    .join('');
}

function renderNode(node: Node, dot: unknown, scope: Scope): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'action': {
      const value = evaluatePipe(node.pipe, dot, scope);
      return node.pipe.declares.length > 0 ? '' : print(value);
    }
    case 'range':
      return renderRange(node, dot, scope);
    case 'if':
    case 'with': {
      const inner = new Scope(scope);
      const value = evaluatePipe(node.pipe, dot, inner);
      if (!isTrue(value)) return render(node.otherwise, dot, inner);
      return render(node.body, node.kind === 'with' ? value : dot, inner);
    }
  }
}

function render(nodes: readonly Node[], dot: unknown, scope: Scope): string {
  return nodes.map((node) => renderNode(node, dot, scope)).join('');
}

/** The text that a template makes of a value. Throws TSNET_CONFIG for a field that is not there. */
export function evaluate(nodes: readonly Node[], value: unknown): string {
  const scope = new Scope();
  scope.set('', value, false);
  return render(nodes, value, scope);
}
