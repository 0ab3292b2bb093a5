import { parse } from "../syntax/parse.ts";
import { toChildren, toConstantIndex, type Expr, type Node } from "../syntax/tree.ts";
import { toTypeName, type Value } from "../values/value.ts";
import { suggestName } from "../../text/suggest.ts";
import { checkCall, type CallTypes } from "./call-types.ts";
import {
  ANY,
  BOOL,
  describeType,
  DOUBLE,
  INT,
  isNumeric,
  isUnknown,
  joinTypes,
  TEXT,
  TIMESTAMP,
  toFields,
  type ValueType,
} from "./value-type.ts";

/** `offset` counts UTF-16 units from the start of the source. */
export type TypeFault = {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly offset?: number;
};

const MAX_KEYS_SHOWN = 12;

/** The types of the variables, except for `object`. */
const VARIABLE_TYPES: Readonly<Record<string, ValueType>> = {
  change: toFields("change", { id: TEXT, kind: TEXT, time: TEXT, gap: BOOL }),
  references: {
    type: "list",
    items: toFields("a reference", { field: TEXT, relation: TEXT, result: ANY }),
  },
  cluster: toFields("cluster", { name: TEXT, uid: TEXT }),
  now: TIMESTAMP,
};

/**
 * The type faults of a CEL expression, and the type that it gives. Conservative: a fault is one for every object of the schema.
 * An expression that does not parse has no faults here; the compiler reports those.
 */
export function checkTypes(
  source: string,
  object: ValueType,
): { readonly faults: readonly TypeFault[]; readonly result: ValueType } {
  const faults: TypeFault[] = [];
  try {
    const report: Report = ({ offset }, message, hint) => {
      faults.push({ message, offset, ...(hint === undefined ? {} : { hint }) });
      return ANY;
    };
    const scope = new Map(Object.entries({ ...VARIABLE_TYPES, object }));
    return { result: infer(parse(source), scope, report), faults };
  } catch {
    return { faults: [], result: ANY };
  }
}

type Report = (node: Expr, message: string, hint?: string) => ValueType;
type Scope = ReadonlyMap<string, ValueType>;

function infer(expr: Expr, scope: Scope, report: Report): ValueType {
  switch (expr.type) {
    case "constant":
      return toConstantType(expr.value);
    case "variable":
      return scope.get(expr.name) ?? ANY;
    case "select":
    case "has": {
      const holder = infer(expr.operand, scope, report);
      const isOptional = expr.isOptional || holder.type === "optional";
      const inner = holder.type === "optional" ? holder.value : holder;
      const selected = select(expr, inner, expr.field, report);
      if (expr.type === "has") return BOOL;
      return isOptional ? { type: "optional", value: selected } : selected;
    }
    case "index":
      return inferIndex(expr, scope, report);
    case "list":
      return { type: "list", items: inferItems(expr, scope, report) };
    case "call":
      return inferCall(expr, scope, report);
    case "macro":
      return inferMacro(expr, scope, report);
    case "map":
      return inferMap(expr, scope, report);
  }
}

/** The type of the items of a list literal. Kubernetes refuses a literal with items of several types. */
function inferItems(expr: Node<"list">, scope: Scope, report: Report): ValueType {
  const types = expr.items.map(({ value, isOptional }) => {
    const type = infer(value, scope, report);
    if (!isOptional || isUnknown(type)) return type;
    if (type.type === "optional") return type.value;
    return report(value, `what stands behind ? is ${describeType(type)}, not an optional`);
  });
  return joinLiteral(expr, types, "the items of a list literal", report);
}

function inferMap(expr: Node<"map">, scope: Scope, report: Report): ValueType {
  const keys = expr.entries.map(({ key }) => infer(key, scope, report));
  const values = expr.entries.map(({ value, isOptional }) => {
    const type = infer(value, scope, report);
    return isOptional && type.type === "optional" ? type.value : type;
  });
  for (const [index, { type }] of keys.entries()) {
    const node = expr.entries[index]?.key;
    if (node !== undefined && (type === "double" || type === "null")) {
      report(
        node,
        `the key of a map is text, a whole number or a bool, not ${describeType({ type })}`,
      );
    }
  }
  joinLiteral(expr, keys, "the keys of a map literal", report);
  joinLiteral(expr, values, "the values of a map literal", report);
  return ANY;
}

function joinLiteral(
  node: Expr,
  types: readonly ValueType[],
  what: string,
  report: Report,
): ValueType {
  const known = types.filter((type) => !isUnknown(type));
  const [first] = known;
  const other = known.find(({ type }) => first !== undefined && type !== first.type);
  if (first !== undefined && other !== undefined) {
    const both = `${describeType(first)} and ${describeType(other)}`;
    return report(node, `${what} are of one type, not ${both}`, "dyn(x) allows another type");
  }
  return types.reduce(joinTypes, { type: "none" });
}

function select(node: Expr, holder: ValueType, key: string, report: Report): ValueType {
  if (isUnknown(holder)) return ANY;
  if (holder.type === "map") return holder.values;
  if (holder.type === "fields") {
    const found = holder.find(key);
    if (found !== undefined) return found;
    return holder.open ? ANY : report(node, ...toUnknownField(key, holder));
  }
  if (holder.type !== "list") return report(node, `${describeType(holder)} has no field ${key}`);
  const way = `list.exists(item, item.${key} ...), or list[0].${key}`;
  return report(node, `a list has no field ${key}`, `its items may have one: ${way}`);
}

function toUnknownField(
  key: string,
  { name, keys }: Extract<ValueType, { type: "fields" }>,
): [message: string, hint: string] {
  const near = suggestName(key, keys);
  const some = keys.slice(0, MAX_KEYS_SHOWN).join(", ");
  const more = keys.length > MAX_KEYS_SHOWN ? ", ..." : "";
  const list = `its fields are ${some}${more}`;
  const hint = near === undefined ? list : `did you mean ${near}? ${list}`;
  return [`${name} has no field ${key}`, hint];
}

function inferCall(expr: Node<"call">, scope: Scope, report: Report): ValueType {
  const { name, target, args } = expr;
  const types: CallTypes = {
    target: target === undefined ? undefined : infer(target, scope, report),
    args: args.map((arg) =>
      // Values of all types are written into one text.
      name === "format" && arg.type === "list"
        ? inferEach(arg, scope, report)
        : infer(arg, scope, report),
    ),
  };
  const answer = checkCall(name, types);
  return answer.fault === undefined ? answer.result : report(expr, answer.fault, answer.hint);
}

/** Literals of mixed types may be nested in the values. */
function inferEach(expr: Expr, scope: Scope, report: Report): ValueType {
  if (expr.type !== "list" && expr.type !== "map") return infer(expr, scope, report);
  for (const child of toChildren(expr)) inferEach(child, scope, report);
  return expr.type === "list" ? { type: "list", items: ANY } : ANY;
}

function inferIndex(expr: Node<"index">, scope: Scope, report: Report): ValueType {
  const operand = infer(expr.operand, scope, report);
  const index = infer(expr.index, scope, report);
  const holder = operand.type === "optional" ? operand.value : operand;
  const found = inferItem(expr, holder, index, report);
  const isOptional = expr.isOptional || operand.type === "optional";
  return isOptional ? { type: "optional", value: found } : found;
}

function inferItem(
  expr: Node<"index">,
  holder: ValueType,
  index: ValueType,
  report: Report,
): ValueType {
  if (holder.type === "list") {
    return isUnknown(index) || isNumeric(index) || index.type === "uint"
      ? joinTypes(holder.items, { type: "none" })
      : report(expr, `a list is indexed by a whole number, not by ${describeType(index)}`);
  }
  if (holder.type === "fields" || holder.type === "map") {
    if (!isUnknown(index) && index.type !== "text") {
      return report(
        expr,
        `${describeType(holder)} are indexed by text, not by ${describeType(index)}`,
      );
    }
    if (holder.type === "map") return holder.values;
    const key = toConstantIndex(expr);
    return key === undefined ? ANY : select(expr, holder, key.key, report);
  }
  if (isUnknown(holder)) return ANY;
  return report(expr, `${describeType(holder)} has no index`);
}

function inferMacro(expr: Node<"macro">, scope: Scope, report: Report): ValueType {
  const { name, variables, bodies } = expr;
  const range = infer(expr.range, scope, report);
  const types = toVariableTypes(expr, range, report);
  const inner = new Map([
    ...scope,
    ...variables.map((one, index) => [one, types[index] ?? ANY] as const),
  ]);
  const results = bodies.map((body) => infer(body, inner, report));
  const [test = ANY] = results;
  const last = results.at(-1) ?? ANY;
  const isTest = TESTS.has(name) || bodies.length > 1;
  if (isTest && !isUnknown(test) && test.type !== "bool") {
    report(bodies[0] ?? expr, `${name} tests true or false, not ${describeType(test)}`);
  }
  if (name === "filter") return { type: "list", items: types[0] ?? ANY };
  if (TESTS.has(name)) return BOOL;
  if (name === "map" || name === "transformList") return { type: "list", items: last };
  if (name === "sortBy") return range;
  if (name === "optMap") return { type: "optional", value: last };
  return name === "transformMap" ? { type: "map", values: last } : last;
}

const TESTS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "existsOne", "filter"]);

/** The types of a macro's variables: item, or index and item, of a list; key, or key and value, of a map. */
function toVariableTypes(
  expr: Node<"macro">,
  range: ValueType,
  report: Report,
): readonly ValueType[] {
  if (expr.name === "optMap" || expr.name === "optFlatMap") {
    if (range.type === "optional") return [range.value];
    return [
      isUnknown(range)
        ? ANY
        : report(expr, `${expr.name} is for an optional, not for ${describeType(range)}`),
    ];
  }
  const isPair = expr.variables.length > 1;
  if (range.type === "list") return isPair ? [INT, range.items] : [range.items];
  if (range.type === "map") return [TEXT, range.values];
  if (range.type === "fields") return [TEXT, ANY];
  if (isUnknown(range)) return [ANY, ANY];
  return [report(expr, `${describeType(range)} has no items to iterate over`)];
}

function toConstantType(value: Value): ValueType {
  return CONSTANTS.get(toTypeName(value)) ?? ANY;
}

const CONSTANTS: ReadonlyMap<string, ValueType> = new Map([
  ["string", TEXT],
  ["int", INT],
  ["uint", { type: "uint" }],
  ["double", DOUBLE],
  ["bool", BOOL],
  ["null_type", { type: "null" }],
  ["bytes", { type: "bytes" }],
]);
