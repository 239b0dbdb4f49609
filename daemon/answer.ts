// What the daemon answers with: messages whose first byte tells the kind.

/** The most bytes of output in one message. */
const PIECE = 64 * 1024;

/** Nothing was done, and why. */
export function refused(reason: string): Uint8Array {
  return Buffer.from(`N${reason}`);
}

/** Others are served first; nothing is done yet. */
export const WAITING: Uint8Array = Buffer.from('W');

/** From here on the call takes effect. */
export const BEGUN: Uint8Array = Buffer.from('B');

/** How a call ended, as a process would have. */
export interface Outcome {
  /** 0 to 255. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The messages that tell of an outcome; the last one ends the conversation. */
export function ended({ exitCode, stdout, stderr }: Outcome): Uint8Array[] {
  const pieces = piecesOf(stdout);
  const last = pieces.pop() ?? new Uint8Array();
  return [
    ...piecesOf(stderr).map((piece) => message('E', piece)),
    ...pieces.map((piece) => message('O', piece)),
    Buffer.concat([Buffer.from('X'), Uint8Array.of(exitCode), last]),
  ];
}

function message(kind: 'O' | 'E', piece: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(kind), piece]);
}

function piecesOf(text: string): Uint8Array[] {
  const bytes = Buffer.from(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) pieces.push(bytes.subarray(at, at + PIECE));
  return pieces;
}
