import { refuse, ok, type Result } from "../result.ts";

/** Keys and indexes that lead from the root of an object to a place in it. */
export type FieldPath = readonly (string | number)[];

/** No API object has deeper fields. */
const MAX_SEGMENTS = 128;
const MAX_LENGTH = 4096;

/**
 * Reads `spec.routes[0].services[0]`, with `["a.b"]` or `['a.b']` for keys that contain dots. The error says what is wrong and
 * at which character. Takes time linear in the length of the text.
 */
export function parseFieldPath(text: string): Result<FieldPath, string> {
  const segments = readSegments(text, SEGMENT);
  if (!segments.ok) return segments;
  return ok(segments.value.filter((segment) => segment !== null));
}

/** The same with `[*]` for each item of a list or each value of a map; it is returned as null. */
export function parseStarredPath(
  text: string,
): Result<readonly (string | number | null)[], string> {
  return readSegments(text, STARRED_SEGMENT);
}

const SEGMENT = /(\.?)([^.[\]"'\s]+)|\[(\d{1,9})\]|\["([^"]*)"\]|\['([^']*)'\]/y;
const STARRED_SEGMENT: RegExp = new RegExp(`${SEGMENT.source}|\\[(\\*)\\]`, "y");

function readSegments(
  text: string,
  { source }: RegExp,
): Result<readonly (string | number | null)[], string> {
  if (text === "") return refuse("a path cannot be empty");
  if (text.length > MAX_LENGTH) return refuse(`a path has at most ${MAX_LENGTH} characters`);
  const segments: (string | number | null)[] = [];
  const pattern = new RegExp(source, "y");
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    const key = match?.[2];
    const needsDot = at > 0 && key !== undefined && match?.[1] !== ".";
    const hasDotAtStart = at === 0 && match?.[1] === ".";
    if (match === null || needsDot || hasDotAtStart) {
      return refuse(
        `cannot read ${JSON.stringify(text.slice(at, at + 20))} at character ${at + 1}; write it like spec.routes[0].services[0], or metadata.annotations["a.b"]`,
      );
    }
    const index = match[3];
    if (match[6] !== undefined) segments.push(null);
    else segments.push(index === undefined ? (key ?? match[4] ?? match[5] ?? "") : Number(index));
  }
  if (segments.length > MAX_SEGMENTS) return refuse(`a path has at most ${MAX_SEGMENTS} steps`);
  return ok(segments);
}

/** The canonical text of a path. `parseFieldPath` reads it back, unless a key contains both kinds of quotes. */
export function formatFieldPath(path: FieldPath): string {
  return path
    .map((segment, at) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (!/^[^.[\]"'\s]+$/.test(segment)) {
        return segment.includes('"') ? `['${segment}']` : `["${segment}"]`;
      }
      return at === 0 ? segment : `.${segment}`;
    })
    .join("");
}

/**
 * The value at a path, through own properties only, and the path in its canonical form (`ports.0` in a list is `ports[0]`).
 * Undefined if the path does not exist.
 */
export function readFieldPath(
  root: unknown,
  path: FieldPath,
): { readonly value: unknown; readonly path: FieldPath } | undefined {
  let value = root;
  const taken: (string | number)[] = [];
  for (const segment of path) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value)) {
      const index = typeof segment === "number" || /^\d{1,9}$/.test(segment) ? Number(segment) : -1;
      if (!Object.hasOwn(value, index)) return undefined;
      value = (value as readonly unknown[])[index];
      taken.push(index);
    } else {
      const key = String(segment);
      if (!Object.hasOwn(value, key)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[key];
      taken.push(key);
    }
  }
  return { value, path: taken };
}
