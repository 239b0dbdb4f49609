// What the terminal is, and how text stands out on one.

/** Ways to make a text stand out. Widths are to be counted before. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly accent: (text: string) => string;
}

const same = (text: string): string => text;

/** Text as it is. */
export const plain: Style = { strong: same, faint: same, accent: same };

// ECMA-48, 8.3.117 (SGR). Colours of the terminal's own palette, so that they suit its background.
const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001B[${on}m${text}\u001B[${off}m`;

const coloured: Style = { strong: sgr(1, 22), faint: sgr(2, 22), accent: sgr(36, 39) };

/** Tells whether stdout is a terminal. */
export function isTerminal(): boolean {
  return process.stdout.isTTY;
}

/** The style for stdout: plain unless it is a terminal, and where NO_COLOR is set (no-color.org). */
export function styleFor(env: NodeJS.ProcessEnv): Style {
  const { NO_COLOR: refusal = '', TERM: terminal } = env;
  return isTerminal() && refusal === '' && terminal !== 'dumb' ? coloured : plain;
}
