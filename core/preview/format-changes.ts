import type { ChangePath, FieldChange } from "../operations/operation.ts";
import { formatEntry, formatItem, formatScalar } from "./format-value.ts";

/** A person reads this before a decision: what is longer is looked up in the cluster. */
const LINES_MAX = 40;
const LINE_MAX_LENGTH = 160;

type Segment = ChangePath[number];

/**
 * Changes of an object as a diff of its YAML: `-` before what it was, `+` before what it will be, and in between only the keys that lead
 * there. At most 40 lines of at most 160 characters; the last one says how many were left out.
 */
export function formatChanges(changes: readonly FieldChange[]): readonly string[] {
  const lines: string[] = [];
  let count = 0;
  for (const line of toLines(changes)) {
    count += 1;
    if (count > LINES_MAX) continue;
    lines.push(line.length > LINE_MAX_LENGTH ? `${line.slice(0, LINE_MAX_LENGTH - 1)}…` : line);
  }
  const left = count - lines.length;
  return left === 0 ? lines : [...lines, `  … and ${left} more ${left === 1 ? "line" : "lines"}`];
}

function* toLines(changes: readonly FieldChange[]): Generator<string, void> {
  let open: ChangePath = [];
  for (const change of changes) {
    const parents = change.path.slice(0, -1);
    const known = countCommon(open, parents);
    for (const [index, segment] of parents.entries()) {
      if (index >= known) yield `  ${formatParent(segment, index * 2)}`;
    }
    open = parents;
    yield* toChangedLines(change, parents.length * 2);
  }
}

function* toChangedLines({ path, from, to }: FieldChange, indent: number): Generator<string, void> {
  const last = path.at(-1);
  if (last === undefined) return;
  const format = (value: unknown): Generator<string, void> =>
    typeof last === "string" ? formatEntry(last, value, indent) : formatItem(value, indent);
  if (from !== undefined) for (const line of format(from)) yield `- ${line}`;
  if (to !== undefined) for (const line of format(to)) yield `+ ${line}`;
}

function formatParent(segment: Segment, indent: number): string {
  const pad = " ".repeat(indent);
  if (typeof segment === "string") return `${pad}${formatScalar(segment)}:`;
  const by = Object.entries(segment).map(([key, value]) => `${key}: ${formatScalar(value)}`);
  return `${pad}- ${by.join(", ")}`;
}

function countCommon(one: ChangePath, other: ChangePath): number {
  const differs = one.findIndex((segment, index) => !isSame(segment, other[index]));
  return differs === -1 ? one.length : differs;
}

function isSame(one: Segment, other: Segment | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
