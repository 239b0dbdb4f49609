// What tsnet tells of its work, to whoever wants to know. Without a sink it is silent and costs nothing.

/** How much is told: what was done, or every message to the kernel, too. */
export type Level = 'info' | 'trace';

/** Takes what is told, at the levels that it wants to hear of: a pino logger, in practice. */
export type Sink = Readonly<Partial<Record<Level, (facts: object, message: string) => void>>>;

let sink: Sink | undefined;
let held: (() => void)[] | undefined;

/** Sends everything that is told from now on to `to`, or nowhere. */
export function setSink(to: Sink | undefined): void {
  sink = to;
}

/** From here on what is told is kept; the function that it returns passes it on. */
export function holdBack(): () => void {
  held = [];
  return () => {
    for (const tell of held ?? []) tell();
    held = undefined;
  };
}

/** Tells a thing that happened, with the facts that belong to it; they are gathered only when somebody listens. */
export function log(level: Level, message: string, facts: () => object): void {
  const to = sink;
  if (to?.[level] === undefined) return;
  const gathered = facts();
  if (held === undefined) to[level](gathered, message);
  else held.push(() => to[level]?.(gathered, message));
}
