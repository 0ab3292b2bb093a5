export const VARIABLES = ["object", "change", "references", "cluster", "now"] as const;
export type Variable = (typeof VARIABLES)[number];

export function isVariable(name: string): name is Variable {
  return (VARIABLES as readonly string[]).includes(name);
}

/** Names that stand for types: `type(x) == int`. */
export const TYPE_NAMES: ReadonlySet<string> = new Set(
  "int uint double bool string bytes list map null_type type optional_type".split(" "),
);
