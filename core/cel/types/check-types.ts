import { parse } from "@bufbuild/cel";
import { toChildren, toComprehension, toConstantIndex, type Expr } from "../tree.ts";
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
  NUMBER,
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
    const { expr, sourceInfo } = parse(source);
    const report: Report = (node, message, hint) => {
      const offset = sourceInfo?.positions[String(node.id)];
      const fault = { message, ...(hint === undefined ? {} : { hint }) };
      faults.push(offset === undefined ? fault : { ...fault, offset });
      return ANY;
    };
    const scope = new Map(Object.entries({ ...VARIABLE_TYPES, object }));
    return { result: infer(expr, scope, report), faults };
  } catch {
    return { faults: [], result: ANY };
  }
}

type Report = (node: Expr, message: string, hint?: string) => ValueType;
type Scope = ReadonlyMap<string, ValueType>;

function infer(expr: Expr, scope: Scope, report: Report): ValueType {
  const { exprKind } = expr;
  switch (exprKind.case) {
    case "constExpr":
      return toConstantType(exprKind.value.constantKind.case);
    case "identExpr":
      return scope.get(exprKind.value.name) ?? ANY;
    case "selectExpr": {
      const { operand, field, testOnly } = exprKind.value;
      if (operand === undefined) return ANY;
      const selected = select(expr, infer(operand, scope, report), field, report);
      return testOnly ? BOOL : selected;
    }
    case "listExpr": {
      const items = exprKind.value.elements.map((item) => infer(item, scope, report));
      return { type: "list", items: items.reduce(joinTypes, { type: "none" }) };
    }
    case "callExpr":
      return inferCall(expr, scope, report);
    case "comprehensionExpr":
      return inferMacro(expr, scope, report);
    case "structExpr":
    case undefined:
      for (const child of toChildren(expr)) infer(child, scope, report);
      return ANY;
  }
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

function inferCall(expr: Expr, scope: Scope, report: Report): ValueType {
  if (expr.exprKind.case !== "callExpr") return ANY;
  const { function: name, target, args } = expr.exprKind.value;
  const types: CallTypes = {
    target: target === undefined ? undefined : infer(target, scope, report),
    args: args.map((arg) => infer(arg, scope, report)),
  };
  if (name === "_[_]") return inferIndex(expr, types, report);
  const answer = checkCall(name, types);
  return answer.fault === undefined ? answer.result : report(expr, answer.fault, answer.hint);
}

function inferIndex(expr: Expr, { args }: CallTypes, report: Report): ValueType {
  const [holder = ANY, index = ANY] = args;
  const key = toConstantIndex(expr);
  if (holder.type === "list") {
    return isUnknown(index) || isNumeric(index)
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
    return key === undefined ? ANY : select(expr, holder, key.key, report);
  }
  if (isUnknown(holder)) return ANY;
  return report(expr, `${describeType(holder)} has no index`);
}

function inferMacro(expr: Expr, scope: Scope, report: Report): ValueType {
  const parts = toComprehension(expr);
  if (parts === undefined || expr.exprKind.case !== "comprehensionExpr") return ANY;
  const { accuInit, loopStep, result } = expr.exprKind.value;
  const range = parts.range === undefined ? ANY : infer(parts.range, scope, report);
  const inner = new Map(scope).set(parts.variable, toItem(expr, range, report));
  const begun = accuInit === undefined ? ANY : infer(accuInit, inner, report);
  inner.set(parts.accumulator, begun);
  const turned = loopStep === undefined ? ANY : infer(loopStep, inner, report);
  inner.set(parts.accumulator, joinTypes(begun, turned));
  return result === undefined ? ANY : infer(result, inner, report);
}

/** The type of a macro's variable: an item of a list, or a key of a map. */
function toItem(expr: Expr, range: ValueType, report: Report): ValueType {
  if (range.type === "list") return range.items;
  if (range.type === "map" || range.type === "fields") return TEXT;
  if (isUnknown(range)) return ANY;
  return report(expr, `${describeType(range)} has no items to iterate over`);
}

function toConstantType(kind: string | undefined): ValueType {
  return CONSTANTS.get(kind ?? "") ?? ANY;
}

const CONSTANTS: ReadonlyMap<string, ValueType> = new Map([
  ["stringValue", TEXT],
  ["int64Value", INT],
  ["uint64Value", NUMBER],
  ["doubleValue", DOUBLE],
  ["boolValue", BOOL],
  ["nullValue", { type: "null" }],
  ["bytesValue", { type: "bytes" }],
]);
