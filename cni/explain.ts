// What is wrong with a value, in one line a person can act on: which key, which value, why. Loaded when there is something
// to explain.

import * as zod from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { CniError, cniCodes } from './error.ts';
import type { WrongValue } from './validate.ts';

// zod would compile a parser at the first use of a schema; ours are used once.
zod.config({ jitless: true, ...en() });

/** The CniError 7 for the first thing that is wrong, such as `ipam.ranges[0][0].subnet "10.1.0.0/33": why`. */
export function explain({ reader, value, root }: WrongValue): CniError {
  const parsed = reader.schema(zod).safeParse(value, { reportInput: true });
  const issue = parsed.error?.issues[0];
  const path = root === undefined ? [] : [root];
  return new CniError(cniCodes.invalidConfig, issue ? describeIssue(issue, path) : 'invalid configuration');
}

type Issue = zod.core.$ZodIssue;

function describeIssue(issue: Issue, parent: PropertyKey[]): string {
  const path = [...parent, ...issue.path];
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.flat().find((inner) => inner.path.length > 0);
    if (deeper) return describeIssue(deeper, path);
  }
  const key = formatPath(path);
  if (issue.input === undefined)
    return `${key}: ${issue.code === 'invalid_type' ? 'missing' : describeFault(issue)}`;
  return `${key} ${excerpt(issue.input)}: ${describeFault(issue)}`;
}

function describeFault(issue: Issue): string {
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_union')
    return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(describeFault)))].join(
      ', or ',
    );
  const text = issue.message.replace(/^Invalid (input|option): /, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function formatPath(path: PropertyKey[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return text === '' ? 'configuration' : text.replace(/^\./, '');
}

function excerpt(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
