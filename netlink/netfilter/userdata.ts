// User data: bytes that the kernel keeps for user space. nft stores comments there as type, length, text and NUL.
import { raw } from '../scalar.ts';
import type { Codec } from '../codec.ts';

/** NFTNL_UDATA_RULE_COMMENT and NFTNL_UDATA_SET_ELEM_COMMENT of libnftnl (udata.h) are both 0. */
const COMMENT = 0;
const MAX_TEXT = 127;

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** A comment as `nft list` shows it; longer ones are cut at 127 bytes. */
export const comment: Codec<string> = {
  name: 'comment',
  size: (value) => 2 + Math.min(utf8.encode(value).length, MAX_TEXT) + 1,
  write: (value, view, at) => {
    const bytes = utf8.encode(value).subarray(0, MAX_TEXT);
    raw.write(Uint8Array.of(COMMENT, bytes.length + 1, ...bytes, 0), view, at);
  },
  read: (view) => {
    const bytes = raw.read(view);
    const length = bytes[1] ?? 0;
    return bytes[0] === COMMENT && length > 0 ? text.decode(bytes.subarray(2, 2 + length - 1)) : '';
  },
};
