// A trace as a person reads it, and as JSON.
import type { Step } from '../cnm/trace/journey.ts';
import { packetText } from '../cnm/trace/packet.ts';
import type { Trace } from '../cnm/trace/trace.ts';

// Where the packet comes into a namespace, and where it is decided to pass it on; what decides about it; changes.
function isTold({ kind, where, direction, hook, table, verdict, translated }: Step, before?: Step): boolean {
  if (translated !== undefined) return true;
  const isNew = before?.where !== where || before.direction !== direction;
  if (kind === 'begin') return isNew || (hook === 'forward' && !table.startsWith('bridge '));
  return kind !== 'end' && kind !== 'return' && verdict !== 'continue';
}

function what(step: Step): string {
  const { kind, packet, iif, oif, table, chain, handle, rule, comment, verdict, isOwn } = step;
  if (kind === 'begin') {
    const devices = [iif === undefined ? '' : ` from ${iif}`, oif === undefined ? '' : ` to ${oif}`];
    return `${packet === undefined ? '' : packetText(packet)}${devices.join('')}`;
  }
  const note = comment === undefined ? '' : ` "${comment}"`;
  const of = isOwn ? '' : "  (not tsnet's)";
  const place = `  ${table} ${chain}`;
  if (kind === 'policy') return `${place}: policy ${verdict}${of}`;
  const decided = (rule ?? '').endsWith(verdict) ? '' : ` -> ${verdict}`;
  return `${place}: rule ${handle ?? '?'}${note}: ${rule ?? 'a rule that was made meanwhile'}${decided}${of}`;
}

function line(step: Step, width: number): string {
  const { where, direction, hook, translated } = step;
  const at = `${where}${direction === 'back' ? ' (back)' : ''}`.padEnd(width);
  const text = `${at}  ${hook.padEnd('postrouting'.length)}  ${what(step)}`.trimEnd();
  const change = translated === undefined ? '' : `, translated to ${packetText(translated)}`;
  return `${text}${change}\n`;
}

/** The steps, one in a line, and what it comes to. */
export function traceText({ steps, conclusion, hasGaps }: Trace): string {
  // Of an answer that came there is no more to tell than that.
  const isAnswered = ['allowed', 'refused'].includes(conclusion.outcome);
  const shown = steps.filter(({ direction }) => direction === 'there' || !isAnswered);
  const told = shown.filter((one, at) => isTold(one, shown[at - 1]));
  const width = Math.max(
    0,
    ...told.map(({ where, direction }) => where.length + (direction === 'back' ? 7 : 0)),
  );
  const gaps = hasGaps ? 'some steps are missing: the kernel told more than could be kept\n' : '';
  return `${told.map((one) => line(one, width)).join('')}${gaps}${conclusion.text}\n`;
}

/** The same for programs: all steps, the ends of chains and hooks among them. */
export function traceView({ question, steps, conclusion, hasGaps }: Trace): object {
  const { from, to, destination, port, protocol } = question;
  return {
    ...{ from: from.name, to: to.name, destination, port, protocol },
    ...{ outcome: conclusion.outcome, conclusion: conclusion.text, hasGaps, steps },
  };
}
