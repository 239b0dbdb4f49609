/** Why the daemon will not serve a call. It has done nothing; the caller serves it himself. */
export class Refusal extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Refusal';
  }
}
