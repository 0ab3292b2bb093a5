import { formatFieldPath } from "../json/field-path.ts";
import { ok, refuse, type Result } from "../result.ts";
import type { ChangePath } from "./operation.ts";

const MAX_SEGMENTS = 32;
const SEGMENT =
  /(\.?)([^.[\]"'\s=]+)|\["([^"]*)"\]|\['([^']*)'\]|\[([^\][="'\s,]+=[^\][="',]+(?:,[^\][="'\s,]+=[^\][="',]+)*)\]/y;

/**
 * Reads `spec.template.spec.containers[name=main].image`, with `["a.b"]` for keys that contain dots and `[name=main]` or
 * `[key=a,effect=NoSchedule]` for the element of a list that has these values. The error says at which character it ends.
 */
export function parseChangePath(text: string): Result<ChangePath, string> {
  const path: (string | Readonly<Record<string, string>>)[] = [];
  const pattern = new RegExp(SEGMENT.source, "y");
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    const [, dot, key, quoted, quotedToo, selector] = match ?? [];
    if (match === null || (key !== undefined && at > 0 !== (dot === "."))) {
      return refuse(
        `cannot read ${JSON.stringify(text.slice(at, at + 20))} at character ${at + 1}; write it like spec.template.spec.containers[name=main].image, or metadata.annotations["a.b"]`,
      );
    }
    path.push(
      selector === undefined ? (key ?? quoted ?? quotedToo ?? "") : parseSelector(selector),
    );
  }
  if (typeof path[0] !== "string") return refuse("a path begins with the name of a field");
  return path.length > MAX_SEGMENTS ? refuse(`a path has at most ${MAX_SEGMENTS} steps`) : ok(path);
}

function parseSelector(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(",").map((pair): [string, string] => {
      const equals = pair.indexOf("=");
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

/** The text that `parseChangePath` reads back. */
export function formatChangePath(path: ChangePath): string {
  let text = "";
  for (const segment of path) {
    const step = typeof segment === "string" ? formatFieldPath([segment]) : toSelector(segment);
    text += text === "" || step.startsWith("[") ? step : `.${step}`;
  }
  return text;
}

function toSelector(segment: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(segment).map(([key, value]) => `${key}=${value}`);
  return `[${pairs.join(",")}]`;
}
