// Whose socket it is.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The process that has a socket open, by the socket's inode: its name and number, as far as this process sees it (proc(5),
 * fd/ and comm). What nobody has that can be seen is said so.
 */
export function ownerOfSocket(inode: number): string {
  const link = `socket:[${inode}]`;
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && hasOpen(name, link));
  return pid === undefined ? `a process that is not seen here (${link})` : `${nameOf(pid)} (pid ${pid})`;
}

function hasOpen(pid: string, link: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => leadsTo(`${folder}/${fd}`, link));
  } catch {
    // It has ended meanwhile, or is not ours to look into.
    return false;
  }
}

function leadsTo(path: string, link: string): boolean {
  try {
    return readlinkSync(path) === link;
  } catch {
    return false;
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a process';
  }
}
