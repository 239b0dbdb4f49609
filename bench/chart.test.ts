import { expect, test } from 'vitest';
import { chart } from './chart.ts';

const bars = [
  { name: 'reference', value: 100, text: '100 ms' },
  { name: 'a<b', value: 25, text: '25 ms' },
];

function widthsOf(svg: string): number[] {
  return [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

test('bars are as long as their values', () => {
  const [long = 0, short = 0] = widthsOf(chart('', [{ title: 'ADD', bars }]));
  expect(long / short).toBeCloseTo(4);
});

test('every group has a scale of its own', () => {
  const [first, , , second] = widthsOf(
    chart('', [
      { title: 'ADD', bars },
      { title: 'DEL', bars: [...bars].reverse().map((bar) => ({ ...bar, value: 7 * bar.value })) },
    ]),
  );
  expect(second).toBe(first);
});

test('text is no markup', () => {
  const svg = chart('a & "b"', [{ title: '<ADD>', bars }]);
  expect(svg).not.toContain('a<b');
  expect(svg).not.toContain('<ADD>');
  expect(svg).toContain('a &#38; &#34;b&#34;');
});

test('the picture is as high as its groups', () => {
  const heightOf = (groups: number): number =>
    Number(
      / height="(\d+)" role/.exec(
        chart(
          '',
          Array.from({ length: groups }, () => ({ title: '', bars })),
        ),
      )?.[1],
    );
  expect(heightOf(3)).toBe(3 * heightOf(1));
});
