// User data: bytes that the kernel keeps for user space. nft stores comments there as type, length, text and NUL.
import { CodecError, encode } from '../codec.ts';
import type { Codec } from '../codec.ts';
import { raw, u32 } from '../scalar.ts';

/** NFTNL_UDATA_RULE_COMMENT and NFTNL_UDATA_SET_ELEM_COMMENT of libnftnl (udata.h) are both 0. */
const COMMENT = 0;
const MAX_TEXT = 127;

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { ignoreBOM: true });
const scratch = new Uint8Array(MAX_TEXT);

// Never cuts inside a character: what nft prints, its JSON above all, has to stay readable.
function cut(value: string): Uint8Array {
  return scratch.subarray(0, utf8.encodeInto(value, scratch).written);
}

function isComment(view: DataView): boolean {
  return view.byteLength > 2 && view.getUint8(0) === COMMENT && view.getUint8(1) === view.byteLength - 2;
}

/** A comment as `nft list` shows it; longer ones are cut at 127 bytes. Other user data does not fit it. */
export const comment: Codec<string> = {
  name: 'comment',
  write: (value, view, at) => {
    const bytes = cut(value);
    view.setUint8(at, COMMENT);
    view.setUint8(at + 1, bytes.length + 1);
    const end = raw.write(bytes, view, at + 2);
    view.setUint8(end, 0);
    return end + 1;
  },
  fits: isComment,
  read: (view) => {
    if (!isComment(view)) throw new CodecError('comment', 'other user data than a comment');
    return text.decode(raw.read(view).subarray(2, -1));
  },
};

/**
 * Says of a set that its keys are in the order of the machine (NFTNL_UDATA_SET_KEYBYTEORDER of libnftnl's udata.h,
 * BYTEORDER_HOST_ENDIAN of nftables' datatype.h). Without it nft shows interface names as empty.
 */
export const hostByteOrder: Uint8Array = Uint8Array.of(0, u32.bytes, ...encode(u32, 1));
