import { EACH, type FieldPattern } from "./field-pattern.ts";
import { isObject } from "./read-json.ts";

/** Fields to keep, as a tree: everything below a `whole` node is kept. */
type Selection = {
  whole: boolean;
  readonly fields: Map<string | typeof EACH, Selection>;
};

/**
 * The parts of a JSON value at these patterns, and nothing else. Lists keep their length and maps that are read key by key keep their
 * keys, so that what is counted and what exists stays the same. The levels of the value are those of the patterns: it does not recurse
 * any deeper.
 */
export function pickFields(
  value: unknown,
  patterns: readonly { readonly path: FieldPattern; readonly whole: boolean }[],
): unknown {
  const root = toSelection();
  for (const { path, whole } of patterns) {
    let node = root;
    for (const key of path) {
      const next = node.fields.get(key) ?? toSelection();
      node.fields.set(key, next);
      node = next;
    }
    node.whole ||= whole;
  }
  return pick(value, [root]);
}

function toSelection(): Selection {
  return { whole: false, fields: new Map() };
}

/** Several selections may apply to one value: that of its own key, and that of each key. */
function pick(value: unknown, selections: readonly Selection[]): unknown {
  if (selections.some(({ whole }) => whole)) return value;
  if (Array.isArray(value)) {
    const inner = selections.flatMap(({ fields }) => fields.get(EACH) ?? []);
    return inner.length === 0 ? [] : value.map((item) => pick(item, inner));
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, field]) => {
    const inner = selections.flatMap(({ fields }) =>
      [fields.get(key), fields.get(EACH)].filter((one) => one !== undefined),
    );
    return inner.length === 0 ? [] : [[key, pick(field, inner)] as const];
  });
  return Object.fromEntries(entries);
}
