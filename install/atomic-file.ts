// Files and links that are there whole or not at all, whoever looks meanwhile and whenever the power fails.
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const MODE = { text: 0o644, program: 0o755 } as const;

// A runtime takes any file of its folder for a plugin or a configuration, but none whose name begins with a dot.
function atomically(path: string, make: (fresh: string) => void): void {
  const fresh = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    rmSync(fresh, { force: true });
    make(fresh);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function flush(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Puts a copy of the file `source`, with its mode, at `path`; what is there is replaced. Throws the system's error. */
export function copyAtomically(source: string, path: string): void {
  atomically(path, (fresh) => {
    copyFileSync(source, fresh, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    flush(fresh);
  });
}

/** Puts a symbolic link to `target` at `path`; what is there is replaced. Throws the system's error. */
export function linkAtomically(target: string, path: string): void {
  atomically(path, (fresh) => symlinkSync(target, fresh));
}

/** Writes a file that only its owner may change; what is there is replaced. Throws the system's error. */
export function writeAtomically(
  path: string,
  content: string | Uint8Array,
  kind: keyof typeof MODE = 'text',
): void {
  atomically(path, (fresh) => {
    writeFileSync(fresh, content, { flush: true, flag: 'wx' });
    // Whatever the umask: other users' programs are to read it, too.
    chmodSync(fresh, MODE[kind]);
  });
}
