// What somebody else has undone.

/** One thing of tsnet's that is not as the store says. */
export interface Damage {
  /** What it is, the same words each time: `bridge cni0`, `table inet tsnet`. */
  readonly subject: string;
  /** What is missing or wrong, in words. */
  readonly problems: readonly string[];
  /** Puts it right. Throws what the same step of ADD would. */
  mend(): void;
}
