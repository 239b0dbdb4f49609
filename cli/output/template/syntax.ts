// What a template is made of, once it is read.

/** A value with fields to go down to: `.Name`, `$one.Name`, `(index .X 0).Name`; without `path` the value itself. */
export interface Operand {
  readonly base:
    | { readonly kind: 'dot' }
    | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
    | { readonly kind: 'variable'; readonly name: string }
    | { readonly kind: 'function'; readonly name: string }
    | { readonly kind: 'pipe'; readonly pipe: Pipe };
  readonly path: readonly string[];
}

/** Commands, each a value or a function with its arguments; the result of one is the last argument of the next. */
export interface Pipe {
  /** The variables that get the result: one, or of a range two. */
  readonly declares: readonly string[];
  /** They are there already, and changed. */
  readonly isAssignment: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

/** A part of a template. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };
