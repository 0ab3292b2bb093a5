export type Cell = string | number | undefined;

/** A bench's results: a table for people, and the same `figures` for a file. */
export type Table = {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Notes that a reader needs. */
  readonly notes?: readonly string[];
};

/** Renders columns under their names, numbers aligned to the right. */
export function formatTable({ title, columns, rows, notes = [] }: Table): string {
  const texts = rows.map((row) => columns.map((_, index) => toText(row[index])));
  const widths = columns.map((name, index) =>
    Math.max(name.length, ...texts.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[], isHead = false): string =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        const isText = isHead ? index === 0 : typeof rows[0]?.[index] === "string";
        return isText ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return [
    title,
    line(columns, true),
    line(widths.map((width) => "-".repeat(width))),
    ...texts.map((row) => line(row)),
    ...notes.map((note) => `  ${note}`),
    "",
  ].join("\n");
}

function toText(cell: Cell): string {
  if (cell === undefined) return "";
  if (typeof cell === "string") return cell;
  return Math.abs(cell) >= 100 || Number.isInteger(cell)
    ? Math.round(cell).toLocaleString("en-US")
    : cell.toFixed(2);
}
