// A line of the log as a person reads it.

const levels: Readonly<Record<number, string>> = { 10: 'trace', 30: 'info' };

const named = ['level', 'time', 'msg', 'pid'];

function word(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** Makes `12:00:00.123 info  message key=value` of a line of pino's; of any other line nothing else. */
export function readable(line: string): string {
  let facts: Record<string, unknown>;
  try {
    facts = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, time, msg } = facts;
  const rest = Object.entries(facts).filter(([key]) => !named.includes(key));
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const name = (levels[level as number] ?? String(level)).padEnd(5);
  const pairs = rest.map(([key, value]) => ` ${key}=${word(value)}`);
  return `${clock} ${name} ${String(msg)}${pairs.join('')}\n`;
}
