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
  size: (value) => 2 + Math.min(Buffer.byteLength(value), MAX_TEXT) + 1,
  write: (value, view, at) => {
    const bytes = utf8.encode(value).subarray(0, MAX_TEXT);
    view.setUint8(at, COMMENT);
    view.setUint8(at + 1, bytes.length + 1);
    const end = raw.write(bytes, view, at + 2);
    view.setUint8(end, 0);
    return end + 1;
  },
  read: (view) => {
    const bytes = raw.read(view);
    const length = bytes[1] ?? 0;
    return bytes[0] === COMMENT && length > 0 ? text.decode(bytes.subarray(2, 2 + length - 1)) : '';
  },
};
