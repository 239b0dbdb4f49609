// The registers of nf_tables: 16 words of 32 bits, each of which may hold what is not known.
import { NFT_REG } from '../netlink/netfilter/constants.ts';

const WORD = 4;
const WORDS = 16;

// The four registers of old times, 1 to 4, have 16 bytes each.
function wordOf(register: number): number {
  return register >= NFT_REG.R0 ? register - NFT_REG.R0 : (register - 1) * WORD;
}

/** Registers while a rule is gone through. */
export class Registers {
  readonly #bytes = new Uint8Array(WORDS * WORD);
  readonly #isKnown: boolean[] = Array.from({ length: WORDS }, () => false);

  /** Writes a value; the rest of its last word is zeros, as in the kernel. */
  write(register: number, value: Uint8Array): void {
    const first = wordOf(register);
    const count = Math.ceil(value.length / WORD);
    this.#bytes.fill(0, first * WORD, (first + count) * WORD);
    this.#bytes.set(value.subarray(0, this.#bytes.length - first * WORD), first * WORD);
    this.#isKnown.fill(true, first, first + count);
  }

  /** Notes that nobody knows what is in `length` bytes from a register on. */
  forget(register: number, length = WORD * WORD): void {
    const first = wordOf(register);
    this.#isKnown.fill(false, first, first + Math.ceil(length / WORD));
  }

  /** Reads so many bytes; undefined when one of them is not known. */
  read(register: number, length: number): Uint8Array | undefined {
    const first = wordOf(register);
    const count = Math.ceil(length / WORD);
    const isKnown = this.#isKnown.slice(first, first + count).every(Boolean) && first + count <= WORDS;
    return isKnown ? this.#bytes.slice(first * WORD, first * WORD + length) : undefined;
  }
}
