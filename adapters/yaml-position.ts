import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Document,
  type Node,
  type Scalar,
} from "yaml";
import type { PipelineIssue } from "../core/pipeline/pipeline.ts";

type Step = { readonly key: Node | undefined; readonly value: Node | undefined };

/**
 * Offset in the source of the subject of an issue: the key if the key is wrong, otherwise the value; for a CEL error the exact
 * character, if the scalar's style preserves its characters. If part of the path does not exist, the nearest existing parent.
 */
export function findOffset(
  document: Document.Parsed,
  source: string,
  issue: PipelineIssue,
): number {
  let node: Node | undefined = document.contents ?? undefined;
  let last: Step = { key: undefined, value: node };
  for (const [index, segment] of issue.path.entries()) {
    const step = toStep(resolve(node, document), segment);
    if (step === undefined) return startOf(last.key ?? last.value);
    last = step;
    node = step.value;
    const isLast = index === issue.path.length - 1;
    if (isLast && issue.at === "key") return startOf(step.key ?? step.value);
  }
  if (isScalar(last.value) && issue.offset !== undefined) {
    return startOf(last.value) + toScalarOffset(last.value, source, issue.offset);
  }
  return startOf(last.value ?? last.key);
}

function resolve(node: Node | undefined, document: Document.Parsed): Node | undefined {
  return isAlias(node) ? node.resolve(document) : node;
}

function toStep(node: Node | undefined, segment: string | number): Step | undefined {
  if (isSeq(node) && typeof segment === "number") {
    const item = node.items[segment];
    return isNode(item) ? { key: undefined, value: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
  if (pair === undefined) return undefined;
  return { key: toNode(pair.key), value: toNode(pair.value) };
}

function toNode(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}

function startOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** Converts an offset in a scalar's value to one in its source, relative to its start; 0 if they cannot be matched. */
function toScalarOffset(scalar: Scalar, source: string, offset: number): number {
  const value = String(scalar.value);
  const [start, end] = scalar.range ?? [0, 0];
  const raw = source.slice(start, end);
  if (scalar.type === "PLAIN" && raw === value) return offset;
  if (scalar.type === "QUOTE_SINGLE" || scalar.type === "QUOTE_DOUBLE") {
    return raw.slice(1, -1) === value ? offset + 1 : 0;
  }
  return scalar.type === "BLOCK_LITERAL" ? toBlockOffset(value, raw, offset) : 0;
}

/** In a `|` block each line of the value is a line of the source after the block's indentation. */
function toBlockOffset(value: string, raw: string, offset: number): number {
  const before = value.slice(0, offset).split("\n");
  const sourceLines = raw.split("\n");
  const indent = (sourceLines.find((line, index) => index > 0 && line.trim() !== "") ?? "").search(
    /\S/,
  );
  const skipped = sourceLines.slice(0, before.length).join("\n").length + 1;
  const column = Math.max(0, indent) + (before.at(-1)?.length ?? 0);
  return Math.min(skipped + column, Math.max(0, raw.length - 1));
}
