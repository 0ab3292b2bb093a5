/** The known name that was probably meant, or undefined if none is close: at most a third of its characters may differ. */
export function suggestName(written: string, known: readonly string[]): string | undefined {
  if (written.length > 100) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of known) {
    const distance = countEdits(written.toLowerCase(), name.toLowerCase());
    const limit = Math.max(1, Math.floor(Math.max(name.length, written.length) / 3));
    if (distance <= limit && (best === undefined || distance < best.distance)) {
      best = { name, distance };
    }
  }
  return best?.name;
}

/** Number of edits between two words. A swap of two neighbours counts as one edit (optimal string alignment). */
export function countEdits(a: string, b: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const beforePrevious = previous;
    previous = current;
    current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? (beforePrevious[j - 2] ?? 0) + 1
          : Infinity;
      current[j] = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + cost,
        swap,
      );
    }
  }
  return current[b.length] ?? 0;
}
