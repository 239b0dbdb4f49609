// The list that tells GC what must stay (CNI spec 1.1.0, section 2, "GC").

import { CniError, cniCodes } from './error.ts';
import { goObject, required } from './go-json.ts';
import { list, text } from './reader.ts';
import type { Attachment } from './plugin.ts';
import { validate } from './validate.ts';

const attachmentList = list(goObject({ containerID: required(text), ifname: required(text) }));

// libcni 1.2.0 to 1.2.2 used the second name, later ones send both.
const keys = ['cni.dev/valid-attachments', 'cni.dev/attachments'];

/**
 * Reads the attachments of `config` that are in use; `null` is Go's empty list. Throws a CniError 7 when the list is
 * malformed or absent: taking "nobody said" for "none" would cut off every container of the network.
 */
export function readAttachments(config: Readonly<Record<string, unknown>>): Attachment[] {
  const key = keys.find((name) => name in config);
  if (key === undefined) {
    const message =
      'cni.dev/valid-attachments: missing: GC needs the list of attachments to keep, empty for none';
    throw new CniError(cniCodes.invalidConfig, message);
  }
  const attachments = validate(attachmentList, config[key] ?? [], key);
  return attachments.map(({ containerID, ifname }) => ({ containerId: containerID, ifname }));
}
