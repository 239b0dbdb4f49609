// The name that somebody may have meant.

/**
 * How many letters have to be put in, left out, replaced or swapped with the next one to make one name of the other: the
 * Damerau-Levenshtein distance in which no part is changed twice.
 */
export function distance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const left = (row[j - 1] ?? 0) + 1;
      const above = (last[j] ?? 0) + 1;
      let best = Math.min(left, above, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwapped) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    [beforeLast, last] = [last, row];
  }
  return last[other.length] ?? 0;
}

/** The nearest of `names`, upper or lower case; undefined when none is near enough to be meant. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let found: { name: string; distance: number } | undefined;
  for (const one of names) {
    const far = distance(wanted, one.toLowerCase());
    if (far < (found?.distance ?? Infinity)) found = { name: one, distance: far };
  }
  if (found === undefined) return undefined;
  // A third of the letters may be wrong, one in a short name.
  const limit = Math.max(1, Math.floor(Math.max(name.length, found.name.length) / 3));
  return found.distance <= limit && found.distance < name.length ? found.name : undefined;
}

/** What is put behind an error about an unknown name: `, did you mean "x"?`, or nothing. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const found = nearest(name, names);
  return found === undefined ? '' : `, did you mean "${found}"?`;
}
