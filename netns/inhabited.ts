// Which network namespaces have processes in them.
import { readdirSync, readlinkSync } from 'node:fs';

/** The inodes of the network namespaces that processes are in, as far as this process sees them (proc(5), ns/). */
export function inhabitedNamespaces(): Set<number> {
  const inodes = new Set<number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const inode = inodeOf(name);
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

function inodeOf(pid: string): number | undefined {
  try {
    const [, inode] = /^net:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/ns/net`)) ?? [];
    return inode === undefined ? undefined : Number(inode);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** The processes that are in the network namespace of that inode, as far as this process sees them. */
export function inhabitantsOf(inode: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && inodeOf(name) === inode)
    .map(Number);
}
