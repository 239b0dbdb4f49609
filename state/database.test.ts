import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore, temporaryFolder } from '../test/temporary-store.ts';
import { Database, isConstraint } from './database.ts';

const counter = ['CREATE TABLE counter (value INTEGER NOT NULL CHECK (value < 1000)) STRICT'];

/** The arguments with which another process opens the counter at `path` as `db` and runs `script`. */
function elsewhere(path: string, script: string): string[] {
  const module = JSON.stringify(new URL('./database.ts', import.meta.url).href);
  const open = `import { Database } from ${module};
    const db = new Database(${JSON.stringify(path)}, ${JSON.stringify(counter)}, false);`;
  return ['--input-type=module', '--eval', `${open}\n${script}`];
}

function openCounter(path: string, value?: number): Database {
  const db = new Database(path, counter, false);
  if (value !== undefined) db.run('INSERT INTO counter VALUES (?)', value);
  return db;
}

function valueOf(db: Database): unknown {
  return db.get('SELECT value FROM counter')?.['value'];
}

test('the file is for its owner alone, whatever the umask', () => {
  const path = join(temporaryFolder(), 'state.db');
  const umask = process.umask(0);
  try {
    openCounter(path).close();
  } finally {
    process.umask(umask);
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}.lock`).mode & 0o777).toBe(0o600);
});

test('with a log, others read and write the same, and when the last one stops it the log is gone', () => {
  const path = join(temporaryFolder(), 'state.db');
  const staying = openCounter(path, 1);
  staying.startLogging();
  staying.transaction(() => staying.run('UPDATE counter SET value = 2'));
  expect(existsSync(`${path}-wal`)).toBe(true);
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  const other = openCounter(path);
  expect(valueOf(other)).toBe(2);
  other.transaction(() => other.run('UPDATE counter SET value = 3'));
  expect(valueOf(staying)).toBe(3);
  // While another has the file open, it stays as it is.
  staying.stopLogging();
  expect(valueOf(other)).toBe(3);
  other.close();
  staying.stopLogging();
  expect(existsSync(`${path}-wal`)).toBe(false);
  expect(valueOf(staying)).toBe(3);
  staying.close();
});

test('what one has written the next one reads', () => {
  const path = join(temporaryFolder(), 'state.db');
  openCounter(path, 7).close();
  const db = openCounter(path);
  expect(valueOf(db)).toBe(7);
  db.close();
});

test('a transaction whose work throws changes nothing, and the next one runs', () => {
  const db = openCounter(join(temporaryFolder(), 'state.db'), 1);
  const failing = (): void =>
    db.transaction(() => {
      db.run('UPDATE counter SET value = 2');
      throw new Error('boom');
    });
  expect(failing).toThrow('boom');
  expect(valueOf(db)).toBe(1);
  db.transaction(() => db.run('UPDATE counter SET value = 3'));
  expect(valueOf(db)).toBe(3);
  db.close();
});

test('a refused row says which constraint refused it', () => {
  const db = openCounter(join(temporaryFolder(), 'state.db'), 1);
  expect.assertions(2);
  try {
    db.run('UPDATE counter SET value = 1000');
  } catch (error) {
    expect(isConstraint(error, 'CHECK')).toBe(true);
    expect(isConstraint(error, 'UNIQUE')).toBe(false);
  }
  db.close();
});

test('processes that read and write in transactions lose no update', async () => {
  const path = join(temporaryFolder(), 'state.db');
  const db = openCounter(path, 0);
  const script = `for (let i = 0; i < 100; i++) {
    db.transaction(() => {
      const { value } = db.get('SELECT value FROM counter');
      db.run('UPDATE counter SET value = ?', value + 1);
    });
  }`;
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, elsewhere(path, script), { stdio: 'inherit' }),
  );
  const exits = await Promise.all(children.map((child) => once(child, 'exit')));
  expect(exits.map(([code]) => code as unknown)).toEqual([0, 0, 0]);
  expect(valueOf(db)).toBe(300);
  db.close();
});

test('processes that find no file make it once', async () => {
  const path = join(temporaryFolder(), 'state.db');
  const script = `db.transaction(() => db.run('INSERT INTO counter VALUES (1)'));`;
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, elsewhere(path, script), { stdio: 'inherit' }),
  );
  await Promise.all(children.map((child) => once(child, 'exit')));
  const db = openCounter(path);
  expect(db.all('SELECT * FROM counter')).toHaveLength(3);
  db.close();
});

test('a process that is killed inside a transaction leaves no part of it and no lock', () => {
  const path = join(temporaryFolder(), 'state.db');
  openCounter(path, 1).close();
  // A cache of one page makes SQLite write to the file before the commit.
  const script = `
    db.run('PRAGMA cache_size = 1');
    db.transaction(() => {
      db.run('UPDATE counter SET value = 2');
      for (let i = 0; i < 5000; i++) db.run('INSERT INTO counter VALUES (9)');
      process.kill(process.pid, 'SIGKILL');
    });`;
  const { signal } = spawnSync(process.execPath, elsewhere(path, script));
  expect(signal).toBe('SIGKILL');
  expect(existsSync(`${path}-journal`)).toBe(true);
  const db = openCounter(path);
  expect(db.all('SELECT value FROM counter')).toEqual([{ value: 1 }]);
  db.transaction(() => db.run('UPDATE counter SET value = 3'));
  expect(valueOf(db)).toBe(3);
  db.close();
});

test('a file that an older version made is brought up to date, and keeps what is in it', () => {
  const path = join(temporaryFolder(), 'state.db');
  openCounter(path, 7).close();
  const newer = [...counter, 'ALTER TABLE counter ADD COLUMN unit TEXT', "UPDATE counter SET unit = 'cm'"];
  for (const schema of [newer.slice(0, 2), newer, newer]) new Database(path, schema, false).close();
  const db = new Database(path, newer, false);
  expect(db.get('SELECT * FROM counter')).toEqual({ value: 7, unit: 'cm' });
  db.close();
});

test('a step that fails leaves the file as it was', () => {
  const path = join(temporaryFolder(), 'state.db');
  openCounter(path, 7).close();
  const broken = [...counter, 'ALTER TABLE counter ADD COLUMN unit TEXT', 'ALTER TABLE missing ADD COLUMN x'];
  expect(() => new Database(path, broken, false)).toThrow(/no such table/);
  const db = openCounter(path);
  expect(db.get('SELECT * FROM counter')).toEqual({ value: 7 });
  db.close();
});

test('a file of a newer version is refused', () => {
  const path = join(temporaryFolder(), 'state.db');
  new Database(path, [...counter, 'CREATE TABLE more (x)'], false).close();
  expect(() => openCounter(path)).toThrow(/newer version of tsnet/);
});

test('a file that is no database is named in the error', () => {
  const path = temporaryFolder();
  expect(() => openStore(path)).toThrow(expect.objectContaining({ code: 'TSNET_STATE' }));
  expect(() => openStore(path)).toThrow(`store "${path}"`);
});
