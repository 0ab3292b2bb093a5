const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `10m`, `1h30m`, `2d` in ms; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,6}[smhd])+$/.test(text)) return undefined;
  const parts = text.matchAll(/(?<count>\d+)(?<unit>[smhd])/g);
  return [...parts].reduce((sum, { groups }) => {
    return sum + Number(groups?.["count"]) * (UNITS_MS[groups?.["unit"] ?? ""] ?? 0);
  }, 0);
}

/** The inverse of `parseDuration`, in the largest unit that divides it: `10m`, `90s`. */
export function formatDuration(ms: number): string {
  const unit = Object.entries(UNITS_MS).findLast(([, size]) => ms >= size && ms % size === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
