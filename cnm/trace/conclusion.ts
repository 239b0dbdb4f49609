// What a trace comes to, in one line.
import { verdictSubject } from './subject.ts';
import { farthest, whyLost } from './lost.ts';
import { packetText } from './packet.ts';
import type { Answer } from './probe.ts';
import type { Question } from './question.ts';
import type { Step } from './journey.ts';
import type { Watch } from './watch.ts';

/** How it ended: only `allowed` is well. */
export type Outcome = 'allowed' | 'dropped' | 'refused' | 'unreachable' | 'silent' | 'nothing seen';

/** The outcome, and the reason for a person. */
export interface Conclusion {
  readonly outcome: Outcome;
  readonly text: string;
}

/** All that there is to conclude from. */
export interface Evidence {
  readonly question: Question;
  /** Absent where packets of others were waited for. */
  readonly answer: Answer | undefined;
  readonly steps: readonly Step[];
  readonly watches: readonly Watch[];
}

/** The way as it began, and as it ended where it was translated. */
function wayText({ question, steps }: Evidence): string {
  const there = steps.filter(({ direction, packet }) => direction === 'there' && packet !== undefined);
  const first = there[0]?.packet;
  const last = there.at(-1)?.packet;
  if (first === undefined || last === undefined)
    return `${question.from.name} -> ${question.destination.toString()}`;
  const [before, after] = [packetText(first), packetText(last)];
  return before === after ? before : `${before} (translated to ${after})`;
}

function isRejected(step: Step): boolean {
  return /\breject\b|"REJECT"/.test(step.rule ?? '');
}

function dropText(step: Step): string {
  return `${isRejected(step) ? 'rejected' : 'dropped'} by ${verdictSubject(step)}`;
}

const NO_WAY = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EACCES', 'EPERM', 'EADDRNOTAVAIL', 'EINVAL'];

/** Concludes. */
export function conclude(evidence: Evidence): Conclusion {
  const { answer, steps } = evidence;
  const way = wayText(evidence);
  if (answer?.kind === 'answered')
    return { outcome: 'allowed', text: `allowed: ${way}, answered in ${answer.milliseconds.toFixed(1)} ms` };
  const dropped = (direction: Step['direction']): Step | undefined =>
    steps.find((one) => one.isDropped && one.direction === direction);
  const there = dropped('there');
  if (there !== undefined) return { outcome: 'dropped', text: `${dropText(there)}: ${way}` };
  const back = dropped('back');
  if (back !== undefined) return { outcome: 'dropped', text: `the answer is ${dropText(back)}: ${way}` };
  if (answer === undefined) return concludeCall(evidence, way);
  if (answer.kind === 'error' && !NO_WAY.includes(answer.errno))
    return answer.errno === 'ECONNREFUSED'
      ? { outcome: 'refused', text: `refused by the target itself, where nobody listens: ${way}` }
      : { outcome: 'unreachable', text: `ended with ${answer.errno}: ${way}` };
  const errno = answer.kind === 'error' ? answer.errno : undefined;
  const isSilent = answer.kind === 'silent';
  return { outcome: isSilent ? 'silent' : 'unreachable', text: `${whyLost(evidence, errno)}: ${way}` };
}

// What others have sent is let through when it comes out of the last hook that it can be seen at.
function concludeCall(evidence: Evidence, way: string): Conclusion {
  const last = farthest(evidence.steps);
  if (last === undefined) {
    const seconds = evidence.question.patience / 1000;
    return { outcome: 'nothing seen', text: `nothing came within ${seconds} s: ${way}` };
  }
  if (last.kind !== 'end' || !isThrough(evidence.question, last))
    return { outcome: 'unreachable', text: `${whyLost(evidence)}: ${way}` };
  return { outcome: 'allowed', text: `allowed: ${way}, let through by all rules` };
}

// Into the sandbox that is meant it has to come, too. One whose source has changed is not known again there.
function isThrough({ to, source }: Question, { where, hook, packet }: Step): boolean {
  if (hook === 'input') return true;
  if (hook !== 'postrouting') return false;
  const isOnWay = to.netns !== undefined && where !== to.name;
  return !isOnWay || source === undefined || packet?.source.equals(source) === false;
}
