// What systemd gives to a service and wants to be told (sd_listen_fds(3), sd_notify(3)).
import { closeSync } from 'node:fs';
import type { Env } from '../cni/index.ts';
import { connectUnix, openUnixSocket, sendMessage } from '../native/index.ts';

const FIRST_PASSED = 3;

/** The listening socket that systemd has passed to this process, if it has. */
export function passedSocket({ LISTEN_PID, LISTEN_FDS }: Env): number | undefined {
  return LISTEN_PID === String(process.pid) && Number(LISTEN_FDS) >= 1 ? FIRST_PASSED : undefined;
}

/** Tells systemd, if it wants to know; that nobody listens is no fault of the daemon. */
export function notify({ NOTIFY_SOCKET: path }: Env, state: 'READY=1' | 'STOPPING=1'): void {
  if (!path) return;
  const fd = openUnixSocket('datagram');
  try {
    connectUnix(fd, path);
    sendMessage(fd, Buffer.from(state));
  } catch {
    return;
  } finally {
    closeSync(fd);
  }
}
