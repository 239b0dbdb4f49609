// A trace as a person reads it, and as JSON.
import type { Step } from '../cnm/trace/journey.ts';
import { packetText } from '../cnm/trace/packet.ts';
import type { Trace } from '../cnm/trace/trace.ts';

// What says nothing by itself: rules that count, and the ends of chains that lead back.
function isTold({ kind, verdict }: Step): boolean {
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
  const told = steps.filter((one) => isTold(one) || one.translated !== undefined);
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
