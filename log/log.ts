// What tsnet tells of its work, to whoever wants to know. Without a sink it is silent and costs nothing.

/** How much is told: what was done, or every message to the kernel, too. */
export type Level = 'info' | 'trace';

/** Takes what is told: a pino logger, in practice. */
export type Sink = Readonly<Record<Level, (facts: object, message: string) => void>>;

let sink: Sink | undefined;

/** Sends everything that is told from now on to `to`, or nowhere. */
export function setSink(to: Sink | undefined): void {
  sink = to;
}

/** Tells a thing that happened, with the facts that belong to it; they are gathered only when somebody listens. */
export function log(level: Level, message: string, facts: () => object): void {
  sink?.[level](facts(), message);
}
