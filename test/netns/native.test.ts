// The addon's system calls against the kernel of this machine.
import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as native from '../../native/index.ts';
import { NETLINK } from '../../netlink/connection.ts';
import { TestNamespace, titled, whyNotHere } from './namespace.ts';
import { whyNoTun } from './tun.ts';

const reason = whyNotHere();
const NO_FD = 9999;

describe.skipIf(reason !== undefined)(titled('the native addon', reason), () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsnet-native-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('makes a network namespace of its own, and tells it from a file', () => {
    using inside = new TestNamespace();
    expect(native.isNetworkNamespace(inside.fd)).toBe(true);
    expect(fstatSync(inside.fd).ino).not.toBe(statSync('/proc/thread-self/ns/net').ino);
    const file = openSync(folder, constants.O_RDONLY);
    expect(native.isNetworkNamespace(file)).toBe(false);
    closeSync(file);
  });

  it('opens settings as they are inside', () => {
    using inside = new TestNamespace();
    const path = '/proc/sys/net/ipv4/conf/br0/forwarding';
    inside.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    const fd = native.openInside(inside.fd, path, constants.O_RDWR);
    writeFileSync(fd, '1');
    closeSync(fd);
    expect(inside.run('cat', path)).toBe('1\n');
    expect(() => native.openInside(inside.fd, '/proc/sys/net/none', constants.O_RDONLY)).toThrow(
      'open "/proc/sys/net/none": no such file or directory (ENOENT)',
    );
  });

  it('makes a tap device inside, which goes with its descriptor until it is told to stay', ({ skip }) => {
    const obstacle = whyNoTun();
    if (obstacle !== undefined) skip(obstacle);
    using inside = new TestNamespace();
    const make = (name: string, isToStay: boolean): void => {
      const fd = native.openInside(inside.fd, '/dev/net/tun', constants.O_RDWR);
      native.createTun(fd, name, native.TUN.IFF_TAP | native.TUN.IFF_NO_PI, '');
      expect(inside.run('ip', 'link', 'show', name)).toContain(name);
      if (isToStay) native.controlTun(fd, 'TUNSETPERSIST', 1);
      closeSync(fd);
    };
    make('tap0', false);
    make('tap1', true);
    expect(inside.run('ip', '-br', 'link').match(/tap\d/g)).toEqual(['tap1']);
    const fd = native.openInside(inside.fd, '/dev/net/tun', constants.O_RDWR);
    expect(() => native.createTun(fd, 'lo', native.TUN.IFF_TAP, '')).toThrow('ioctl "lo": ');
    expect(() => native.createTun(fd, 'tap2', native.TUN.IFF_TAP, 'no context')).toThrow(native.SystemError);
    closeSync(fd);
  });

  it('keeps a namespace under a file until it is taken away', () => {
    const pin = join(folder, 'pin');
    writeFileSync(pin, '');
    const fd = native.createNamespace();
    const { ino } = fstatSync(fd);
    native.bindMount(`/proc/${process.pid}/fd/${fd}`, pin);
    closeSync(fd);
    const pinned = openSync(pin, constants.O_RDONLY);
    expect([native.isNetworkNamespace(pinned), fstatSync(pinned).ino]).toEqual([true, ino]);
    closeSync(pinned);
    native.unmount(pin);
    expect(readFileSync(pin, 'utf8')).toBe('');
    expect(() => native.unmount(pin)).toThrow(native.SystemError);
  });

  it('tells the real length of a datagram that was cut', () => {
    using inside = new TestNamespace();
    const fd = native.openNetlink(inside.fd, NETLINK.ROUTE);
    const getLink = Uint8Array.of(32, 0, 0, 0, 18, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
    native.send(
      fd,
      Uint8Array.from({ length: 32 }, (_, at) => getLink[at] ?? 0),
    );
    const buffer = new Uint8Array(16);
    expect(native.receive(fd, buffer)).toBeGreaterThan(500);
    expect([buffer[4], buffer[8]]).toEqual([16, 1]);
    closeSync(fd);
  });

  it('says when no answer came in time', () => {
    using inside = new TestNamespace();
    const fd = native.openNetlink(inside.fd, NETLINK.ROUTE);
    native.setReceiveTimeout(fd, 20);
    expect(() => native.receive(fd, new Uint8Array(16))).toThrow('recv: no answer in time (EAGAIN)');
    closeSync(fd);
  });

  it('runs a command inside and gives its exit code, or 128 and its signal', () => {
    using inside = new TestNamespace();
    const run = (script: string): number =>
      native.runCommand(inside.fd, ['/bin/sh', '-c', script], {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        NAME: 'br7',
      });
    expect(run('exit 3')).toBe(3);
    expect(run('kill -9 $$')).toBe(137);
    expect(run('ip link add "$NAME" type bridge')).toBe(0);
    expect(inside.run('ip', 'link', 'show', 'br7')).toContain('br7');
    expect(() => native.runCommand(inside.fd, [join(folder, 'none')], {})).toThrow('(ENOENT)');
  });

  it('throws what the kernel says, by its name', () => {
    expect(() => native.openNetlink(NO_FD, NETLINK.ROUTE)).toThrow('socket: EBADF');
    expect(() => native.send(NO_FD, new Uint8Array(1))).toThrow('send: EBADF');
    expect(() => native.openNetlink(native.HERE, 999)).toThrow(native.SystemError);
    expect(native.errnoName(99_999)).toBe('errno 99999');
  });
});
