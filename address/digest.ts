// BLAKE2s (RFC 7693), by whatever the runtime has.

interface Hash {
  update(text: string): Hash;
  digest(encoding: 'hex'): string;
}

/** What Bun has beside node:crypto, whose loading costs a process 5 ms. */
interface Hashing {
  readonly CryptoHasher: new (algorithm: 'blake2s256') => Hash;
}

function begin(): Hash {
  const { Bun } = globalThis as { readonly Bun?: Hashing };
  return Bun === undefined
    ? process.getBuiltinModule('node:crypto').createHash('blake2s256')
    : new Bun.CryptoHasher('blake2s256');
}

/** The BLAKE2s of a text in UTF-8, 64 hex digits. */
export function digestOf(text: string): string {
  return begin().update(text).digest('hex');
}
