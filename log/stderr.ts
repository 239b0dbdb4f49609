// Logs to stderr as lines of JSON. Loaded only when somebody asks for a log (TSNET_LOG).
import pino from 'pino';
import { setSink } from './log.ts';
import type { Level } from './log.ts';

const levels: readonly Level[] = ['info', 'trace'];

/** Starts the log at `wanted`, a level, or at `info` for any other word. stdout stays free: it belongs to results. */
export function logToStderr(wanted: string): void {
  const level = levels.find((one) => one === wanted) ?? 'info';
  // Written at once, so that nothing is lost when the process ends or is killed.
  const destination = pino.destination({ fd: 2, sync: true });
  setSink(pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination));
}
