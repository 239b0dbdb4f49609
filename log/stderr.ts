// Logs to stderr: lines of JSON, or of text for a person at a terminal. Loaded only when somebody asks for a log.
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import pino from 'pino';
import { readable } from './line.ts';
import { setSink } from './log.ts';
import type { Level } from './log.ts';

const STDERR = 2;
const levels: readonly Level[] = ['info', 'trace'];

/** Starts the log at `wanted`, a level, or at `info` for any other word. stdout stays free: it belongs to results. */
export function logToStderr(wanted: string): void {
  const level = levels.find((one) => one === wanted) ?? 'info';
  // Written at once, so that nothing is lost when the process ends or is killed.
  const destination = isatty(STDERR)
    ? { write: (line: string) => void writeSync(STDERR, readable(line)) }
    : pino.destination({ fd: STDERR, sync: true });
  const logger = pino(
    { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  const info = logger.info.bind(logger);
  setSink(level === 'trace' ? { info, trace: logger.trace.bind(logger) } : { info });
}
