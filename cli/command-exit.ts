/** Ends the program with an exit code of its own; a message, if there is one, goes to stderr. */
export class CommandExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message = '') {
    super(message);
    this.name = 'CommandExit';
    this.exitCode = exitCode;
  }
}
