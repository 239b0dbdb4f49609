import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { errnoName, errnoText, known, SystemError } from './system-error.ts';

test.each(['EPERM', 'ENOENT', 'EAGAIN', 'EOPNOTSUPP', 'ENODEV'] as const)(
  '%s is called by its name',
  (name) => {
    expect(errnoName(constants.errno[name])).toBe(name);
    expect(errnoText(constants.errno[name])).toContain(`(${name})`);
  },
);

test('the errors that are known have the numbers of this machine', () => {
  for (const [name, number] of Object.entries(known))
    expect(constants.errno[name as keyof typeof known]).toBe(number);
});

test('a rare error has its name, too', () => {
  expect(errnoName(constants.errno.EXDEV)).toBe('EXDEV');
});

test('a number without a name is told as a number', () => {
  expect(errnoName(4000)).toBe('errno 4000');
  expect(errnoText(4000)).toBe('errno 4000');
});

test('an error names the call, what it was called with, and why it failed', () => {
  const error = new SystemError('open', constants.errno.ENOENT, '/proc/sys/net/x');
  expect(error).toMatchObject({ code: 'TSNET_SYSCALL', syscall: 'open', errno: 'ENOENT' });
  expect(error.message).toBe('open "/proc/sys/net/x": no such file or directory (ENOENT)');
  expect(new SystemError('recv', constants.errno.EAGAIN).message).toBe('recv: no answer in time (EAGAIN)');
});
