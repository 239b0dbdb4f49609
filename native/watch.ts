// Which descriptors are ready: told by a native thread, since no way of the runtimes takes a descriptor of ours.
import { addon } from './addon.ts';
import { checked } from './system-error.ts';

/**
 * Starts the thread that tells `tell` which descriptor is ready; the process lives until `stopWatch`. `tell` must not
 * throw, and must bear to be called for a descriptor that was closed meanwhile, or that is another one by now.
 */
export function startWatch(tell: (fd: number) => void): void {
  checked('epoll_create', addon().startWatch(tell));
}

/**
 * Has `fd` told once: when there is something to read (or the other end is closed), or room to write. Asked again, the
 * later question counts. Closing the descriptor ends the watch. epoll_ctl(2).
 */
export function watchOnce(fd: number, until: 'readable' | 'writable'): void {
  checked('epoll_ctl', addon().watchOnce(fd, until === 'readable' ? 0 : 1));
}

/** Ends the thread, waits for its end, and lets the process end. */
export function stopWatch(): void {
  checked('eventfd', addon().stopWatch());
}
