// What the daemon counts, and its text for Prometheus (text exposition format 0.0.4).
import type { Census, Counted } from '../cnm/census.ts';
import type { Outcome } from './answer.ts';
import type { Request } from './request.ts';

/** Counters, with what they tell of. */
const counters = {
  calls: 'Calls that were served, by the code of CNI that they ended with.',
  refused: 'Calls that the callers were left to serve themselves.',
  mendings: 'What others had damaged and was put right.',
  collected: 'Endpoints taken away because their sandbox was gone.',
  errors: 'What failed beside calls.',
} as const;

type Labels = Readonly<Record<string, string>>;

const VERBS = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION'];

/** Upper bounds of what is told of latencies, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

interface Latency {
  /** How many were within each bound, and not within the one before. */
  readonly within: number[];
  sum: number;
  count: number;
}

export class Metrics {
  readonly #counts = new Map<string, number>();
  readonly #latencies = new Map<string, Latency>();

  /** Counts one more. */
  count(name: keyof typeof counters, labels: Labels): void {
    const series = `tsnet_${name}_total${labelText(labels)}`;
    this.#counts.set(series, (this.#counts.get(series) ?? 0) + 1);
  }

  /** Counts a call that was served. */
  served({ plugin, env }: Request, outcome: Outcome, milliseconds: number): void {
    const { CNI_COMMAND: asked = '' } = env;
    const verb = VERBS.includes(asked) ? asked : 'other';
    this.count('calls', { verb, plugin, code: codeOf(outcome) });
    const seconds = milliseconds / 1000;
    const latency = this.#latencies.get(verb) ?? { within: BOUNDS.map(() => 0), sum: 0, count: 0 };
    this.#latencies.set(verb, latency);
    const bound = BOUNDS.findIndex((one) => seconds <= one);
    if (bound >= 0) latency.within[bound] = (latency.within[bound] ?? 0) + 1;
    latency.sum += seconds;
    latency.count++;
  }

  /** All of it, and what was counted elsewhere. */
  text({ endpoints, leases, poolSizes, poolLeases, ports, rebuilds }: Census): string {
    const memory = [{ labels: {}, value: process.memoryUsage.rss() }];
    return [
      ...Object.entries(counters).flatMap(([name, help]) => this.#counter(name, help)),
      ...this.#histogram(),
      ...family('tsnet_endpoints', 'gauge', 'Endpoints on record.', endpoints),
      ...family('tsnet_leases', 'gauge', 'Addresses that are held.', leases),
      ...family('tsnet_pool_addresses', 'gauge', 'Addresses that a range has.', poolSizes),
      ...family('tsnet_pool_leases', 'gauge', 'Addresses of a range that are held.', poolLeases),
      ...family('tsnet_ports', 'gauge', 'Published ports, by number of the protocol.', ports),
      ...family('tsnet_table_rebuilds_total', 'counter', 'Tables that were written anew.', rebuilds),
      ...family('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', memory),
      '',
    ].join('\n');
  }

  #counter(name: string, help: string): string[] {
    const whole = `tsnet_${name}_total`;
    const series = [...this.#counts].filter(([one]) => one === whole || one.startsWith(`${whole}{`));
    return [...head(whole, 'counter', help), ...series.map(([one, value]) => `${one} ${value}`)];
  }

  #histogram(): string[] {
    const name = 'tsnet_call_seconds';
    const series = [...this.#latencies].flatMap(([verb, { within, sum, count }]) => {
      let total = 0;
      const buckets = BOUNDS.map((bound, at) => {
        total += within[at] ?? 0;
        return `${name}_bucket${labelText({ verb, le: String(bound) })} ${total}`;
      });
      const labels = labelText({ verb });
      return [
        ...buckets,
        `${name}_bucket${labelText({ verb, le: '+Inf' })} ${count}`,
        `${name}_sum${labels} ${sum}`,
        `${name}_count${labels} ${count}`,
      ];
    });
    return [...head(name, 'histogram', 'How long calls took, without their waiting.'), ...series];
  }
}

function head(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function family(name: string, type: 'counter' | 'gauge', help: string, values: readonly Counted[]): string[] {
  const series = values.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`);
  return [...head(name, type, help), ...series];
}

function labelText(labels: Labels): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function codeOf({ exitCode, stdout }: Outcome): string {
  if (exitCode === 0) return '0';
  return /"code":\s*(\d+)/.exec(stdout)?.[1] ?? 'none';
}
