// Calls the addon's functions over and over, rightly and wrongly, and tells how many descriptors that left open.
// usage: node tools/sanitize/exercise.ts <rounds>
import { closeSync, constants, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as native from '../../native/index.ts';
import { NETLINK, openConnection } from '../../netlink/connection.ts';
import { listLinks } from '../../netlink/route/link.ts';

const NO_FD = 9999;
const folder = mkdtempSync(join(tmpdir(), 'tsnet-exercise-'));
const file = join(folder, 'file');
writeFileSync(file, '');

function refused(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof native.SystemError) return;
    throw error;
  }
  throw new Error(`this had to fail: ${work.toString()}`);
}

function namespaces(): void {
  const fd = native.createNamespace();
  const connection = openConnection(fd, NETLINK.ROUTE);
  if (!native.isNetworkNamespace(fd) || listLinks(connection).length === 0) throw new Error('no namespace');
  connection.close();
  closeSync(native.openInside(fd, '/proc/sys/net/ipv4/ip_forward', constants.O_RDONLY));
  native.bindMount(`/proc/self/fd/${fd}`, file);
  native.unmount(file);
  native.giveWay();
  native.releaseCode();
  native.identityOf(file);
  native.identityOf(fd);
  if (native.readInside(fd, '/proc/sys/net/ipv4/ip_forward') !== '0\n') throw new Error('not read');
  native.closeFile(native.openLocked(file, 'exclusive'));
  if (native.runCommand(fd, ['/bin/true', 'a'.repeat(1000)], { NAME: 'value' }) !== 0)
    throw new Error('true');
  const around = { namespace: fd, files: [[file, '/etc/hosts']], hostname: 'x', directory: '/' } as const;
  if (native.waitCommand(native.startCommand(around, ['/bin/true'], {})) !== 0)
    throw new Error('true, surrounded');
  refused(() => native.startCommand({ ...around, directory: file }, ['/bin/true'], {}));
  refused(() => native.startCommand({ namespace: fd, ids: ['nobody', '0 0 1'] }, ['/bin/true'], {}));
  closeSync(fd);
}

function files(): void {
  const fd = openSync(file, constants.O_RDWR);
  native.lock(fd, 'shared');
  native.lock(fd, 'exclusive');
  if (native.isNetworkNamespace(fd)) throw new Error('a file is a namespace');
  refused(() => native.setOption(fd, 1, 1, 1));
  refused(() => native.createTun(fd, 'x'.repeat(100), native.TUN.IFF_TAP, ''));
  refused(() => native.createTun(fd, 'tap0', native.TUN.IFF_TAP, 'no context'));
  refused(() => native.controlTun(fd, 'TUNSETOWNER', 0xffffffff));
  closeSync(fd);
}

function refusals(): void {
  refused(() => native.openNetlink(NO_FD, NETLINK.ROUTE));
  refused(() => native.openInside(NO_FD, '/', 0));
  refused(() => native.openInside(native.HERE, `/${'x/'.repeat(3000)}`, 0));
  refused(() => native.send(NO_FD, new Uint8Array(0)));
  refused(() => native.receive(NO_FD, new Uint8Array(0)));
  refused(() => native.lock(NO_FD, 'shared'));
  refused(() => native.bindMount('/nothing/there', file));
  refused(() => native.bindTree('/nothing/there', folder));
  refused(() => native.mountMemory('/nothing/there'));
  refused(() => native.unmount(folder));
  refused(() => native.runCommand(native.HERE, [join(folder, 'none')], {}));
  refused(() => native.identityOf(NO_FD));
  refused(() => native.openLocked('/nothing/there', 'shared'));
  refused(() => native.closeFile(NO_FD));
  refused(() => native.readInside(NO_FD, file));
  refused(() => native.setOptions(NO_FD, [[1, 1, 1]]));
  refused(() => native.replaceProgram(join(folder, 'none'), ['none'], { NAME: 'value' }));
  refused(() => native.setReceiveTimeout(NO_FD, 1));
  refused(() => native.bindPort(NO_FD, 6, 1));
}

function connections(): void {
  for (const family of [4, 6] as const) {
    const fd = native.openInternet(native.HERE, family, 'tcp');
    native.bindPort(fd, family, 0);
    // All ones: broadcast, multicast; TCP goes to neither.
    refused(() =>
      native.connectInternet(fd, { address: new Uint8Array(family === 4 ? 4 : 16).fill(255), port: 9 }),
    );
    closeSync(fd);
  }
}

function datagrams(): void {
  const fd = native.openNetlink(native.HERE, NETLINK.ROUTE);
  native.setReceiveTimeout(fd, 1);
  refused(() => native.receive(fd, new Uint8Array(0)));
  refused(() => native.send(fd, new Uint8Array(8 * 1024 * 1024)));
  // A message of no type of ours, from the middle of a buffer, with an answer longer than what takes it.
  const bytes = new Uint8Array(64).fill(0xff);
  bytes.set([16, 0, 0, 0, 0xff, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0], 8);
  native.send(fd, bytes.subarray(8, 24));
  if (native.receive(fd, new Uint8Array(4)) <= 4) throw new Error('no answer');
  native.sendByChild(fd, bytes.subarray(8, 24), fd);
  if (!native.waitReadable(fd, 1_000_000)) throw new Error('no child');
  refused(() => native.sendByChild(fd, new Uint8Array(1024 * 1024)));
  closeSync(fd);
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

native.releaseGuard(native.startGuard(['/bin/true']));
const rounds = Number(process.argv[2]);
let before = 0;
for (let round = 0; round < rounds; round++) {
  for (const work of [namespaces, files, refusals, datagrams, connections]) work();
  // The first round opens what stays open.
  if (round === 0) before = openDescriptors();
}
rmSync(folder, { recursive: true });
const left = openDescriptors() - before;
console.log(`rounds ${rounds}, descriptors left ${left}`);
if (left !== 0) process.exitCode = 1;
