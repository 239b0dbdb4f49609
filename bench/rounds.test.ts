import { expect, test } from 'vitest';
import type { Arena, Visit } from './arena.ts';
import { sceneRows } from './rounds.ts';

const took = (milliseconds: number) => ({
  start: 0,
  end: milliseconds,
  megabytes: 1,
  cpuSeconds: 0,
  output: '',
});

/** An arena where nothing happens, and takes as long as `visit` says. */
const arena = (name: string, visit: (isChecked: boolean) => Visit): Arena => {
  const side = { name };
  return {
    side,
    visit: (_count: number, _ports: number, isChecked: boolean) => visit(isChecked),
  } as unknown as Arena;
};

const visitOf = (add: number[], del: number): Visit => ({ add: add.map(took), check: [], del: [took(del)] });

test('verbs are rows, together or alone; several at once take as long as the last of them', () => {
  const daemon = arena('daemon', () => visitOf([3, 5], 2));
  const rows = sceneRows([{ arenas: [daemon], suffix: ' of 2' }], {
    rounds: 3,
    count: 2,
    measured: [['add'], ['add', 'del']],
  });
  expect(rows.map(({ name, cells }) => [name, cells.daemon?.milliseconds.median])).toEqual([
    ['ADD of 2', 5],
    ['ADD+DEL of 2', 7],
  ]);
});

test('who cannot check has no cell; CHECK is not called where nobody asks for it', () => {
  const asked: boolean[] = [];
  const able = arena('daemon', (isChecked) => {
    asked.push(isChecked);
    return { ...visitOf([1], 1), check: isChecked ? [took(4)] : [] };
  });
  const unable = arena('reference', () => visitOf([1], 1));
  const [row] = sceneRows([{ arenas: [able, unable] }], { rounds: 1, measured: [['check']] });
  expect(row?.name).toBe('CHECK');
  expect(Object.keys(row?.cells ?? {})).toEqual(['daemon']);
  sceneRows([{ arenas: [able] }], { rounds: 1 });
  expect(new Set(asked)).toEqual(new Set([true, false]));
  expect(asked.at(-1)).toBe(false);
});

test('every scene has the figures of its own arenas', () => {
  const scene = (suffix: string, factor: number) => ({
    suffix,
    arenas: ['daemon', 'tsnet'].map((name, at) => arena(name, () => visitOf([factor + at], 1))),
  });
  const rows = sceneRows([scene(', few', 10), scene(', many', 20)], { rounds: 4 });
  const medians = rows.map(({ name, cells }) => [
    name,
    cells.daemon?.milliseconds.median,
    cells.tsnet?.milliseconds.median,
  ]);
  expect(medians).toEqual([
    ['ADD, few', 10, 11],
    ['DEL, few', 1, 1],
    ['ADD, many', 20, 21],
    ['DEL, many', 1, 1],
  ]);
});
