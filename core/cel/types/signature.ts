import {
  ANY,
  BOOL,
  DOUBLE,
  INT,
  isUnknown,
  joinTypes,
  TEXT,
  TIMESTAMP,
  type ValueType,
} from "./value-type.ts";

/** The types of a function's arguments and result, from its signature as text. */
export type Signature = {
  readonly isMethod: boolean;
  /** Of a method, the target is the first one. */
  readonly parameters: readonly Pattern[];
  readonly result: Pattern;
};

/** A type, or `list<T>` and the like with a type that is not known yet. */
export type Pattern =
  | { readonly type: "is"; readonly is: ValueType }
  | { readonly type: "variable"; readonly name: string }
  | { readonly type: "list" | "optional"; readonly of: Pattern }
  | { readonly type: "map"; readonly of: Pattern };

const NAMES: Readonly<Record<string, ValueType>> = {
  any: ANY,
  bool: BOOL,
  bytes: { type: "bytes" },
  cidr: { type: "cidr" },
  double: DOUBLE,
  duration: { type: "duration" },
  format: { type: "format" },
  int: INT,
  ip: { type: "ip" },
  null: { type: "null" },
  quantity: { type: "quantity" },
  semver: { type: "semver" },
  string: TEXT,
  timestamp: TIMESTAMP,
  type: { type: "type" },
  uint: { type: "uint" },
  url: { type: "url" },
};

const SIGNATURE =
  /^(?:(?<target>.+)\.(?=\w+\())?(?<name>[\w.]+)\((?<parameters>.*)\): (?<result>.+)$/;

/** Reads `string.charAt(int): string` or `sets.contains(list<T>, list<T>): bool`. */
export function parseSignature(text: string, name: string): Signature {
  const namespaced = text.startsWith(`${name}(`);
  const groups = SIGNATURE.exec(namespaced ? text.slice(name.lastIndexOf(".") + 1) : text)?.groups;
  if (groups === undefined) throw new Error(`not a signature: ${text}`);
  const { target, parameters = "", result = "" } = groups;
  const isMethod = target !== undefined;
  const written = parameters === "" ? [] : parameters.split(", ");
  return {
    isMethod,
    parameters: [...(isMethod ? [target] : []), ...written].map((one) => parsePattern(one)),
    result: parsePattern(result),
  };
}

function parsePattern(text: string): Pattern {
  const { outer, inner = "" } =
    /^(?<outer>list|map|optional)<(?<inner>.+)>$/.exec(text)?.groups ?? {};
  if (outer === "list" || outer === "optional") return { type: outer, of: parsePattern(inner) };
  if (outer === "map")
    return { type: "map", of: parsePattern(inner.slice(inner.indexOf(":") + 1)) };
  const known = NAMES[text];
  return known === undefined ? { type: "variable", name: text } : { type: "is", is: known };
}

/** The types that the variables of a signature stand for. */
export type Found = Map<string, ValueType>;

/** Whether a value of this type may be one of the pattern; `found` then has the types of its variables. */
export function fits(type: ValueType, pattern: Pattern, found: Found): boolean {
  switch (pattern.type) {
    case "variable": {
      const known = found.get(pattern.name);
      found.set(pattern.name, known === undefined ? type : joinTypes(known, type));
      return true;
    }
    case "list":
      return isUnknown(type) || (type.type === "list" && fits(type.items, pattern.of, found));
    case "optional":
      return isUnknown(type) || (type.type === "optional" && fits(type.value, pattern.of, found));
    case "map":
      if (type.type === "map") return fits(type.values, pattern.of, found);
      return isUnknown(type) || type.type === "fields";
    case "is": {
      const { is } = pattern;
      if (isUnknown(type) || is.type === "any" || is.type === type.type) return true;
      return type.type === "number" && (is.type === "int" || is.type === "double");
    }
  }
}

export function toResult(pattern: Pattern, found: Found): ValueType {
  switch (pattern.type) {
    case "variable":
      return found.get(pattern.name) ?? ANY;
    case "list":
      return { type: "list", items: toResult(pattern.of, found) };
    case "optional":
      return { type: "optional", value: toResult(pattern.of, found) };
    case "map":
      return { type: "map", values: toResult(pattern.of, found) };
    case "is":
      return pattern.is;
  }
}
