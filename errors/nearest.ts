// Names that were probably meant.

/** How many letters have to be changed, added, left out or swapped with their neighbour to make one text of the other. */
function distance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= other.length; j++) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swap = isSwap ? cell(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + cost, swap));
    }
  }
  return cell(one.length, other.length);
}

/** The name that was probably meant by `text`; undefined when none is near: more than a third of the letters are others. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, away: distance(text, name) }))
    .sort((one, other) => one.away - other.away);
  if (best === undefined || best.away * 3 > Math.max(text.length, best.name.length)) return undefined;
  return best.name;
}
