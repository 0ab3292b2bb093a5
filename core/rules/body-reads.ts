import { parse } from "@bufbuild/cel";
import { findAction } from "../actions/registry.ts";
import { isPlainObject } from "./canonical-json.ts";
import { toChildren, toConstantIndex, type Expr } from "./cel-tree.ts";
import type { Rule, RuleAction } from "./pipeline.ts";

/** Something that a rule reads and an object's apiVersion, kind and metadata do not tell. */
export type BodyRead = {
  /** `object.status.phase`, `references`. */
  readonly what: string;
  /** Where in the rule: `["where"]`. */
  readonly path: readonly (string | number)[];
  /** In the text at `path`, in UTF-16 units. */
  readonly offset?: number | undefined;
};

const HEADER: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);
/** Relations of references that are in the metadata. */
const OWNERS: ReadonlySet<unknown> = new Set(["owner", "controller"]);

const known = new WeakMap<Rule, { readonly read: BodyRead | undefined }>();

/**
 * The first thing that a rule reads of its object's body; undefined where metadata is enough for it. What is read of other
 * objects (`whereTarget`, `verify`) is read live, and counts for nothing. When in doubt it says that the body is read.
 */
export function findBodyRead(rule: Rule): BodyRead | undefined {
  const found = known.get(rule) ?? { read: lookThrough(rule) };
  known.set(rule, found);
  return found.read;
}

function lookThrough(rule: Rule): BodyRead | undefined {
  return (
    inText(rule.where, ["where"]) ??
    inOnce(rule) ??
    inText(rule.at, ["at"]) ??
    inActions(rule.then, "then") ??
    inActions(rule.onFailure ?? [], "onFailure")
  );
}

function inOnce({ once }: Rule): BodyRead | undefined {
  if (once.type === "key") return inText(once.expression, ["once", "key"]);
  if (once.type !== "condition") return undefined;
  return { what: "object.status.conditions", path: ["once"] };
}

function inActions(actions: readonly RuleAction[], key: string): BodyRead | undefined {
  for (const [index, { action, parameters }] of actions.entries()) {
    const path = [key, index, action];
    for (const name of findAction(action)?.expressions ?? []) {
      const source = parameters[name];
      const read = typeof source === "string" ? inText(source, [...path, name]) : undefined;
      if (read !== undefined) return read;
    }
    if (selectsBodyReference(parameters)) return { what: "references", path };
  }
  return undefined;
}

/** A reference as a parameter, see core/actions/select-reference.ts. */
function selectsBodyReference(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => selectsBodyReference(item));
  if (!isPlainObject(value)) return false;
  if (Object.hasOwn(value, "relation") && !OWNERS.has(value["relation"])) return true;
  return Object.values(value).some((item) => selectsBodyReference(item));
}

function inText(source: string | undefined, path: BodyRead["path"]): BodyRead | undefined {
  if (source === undefined) return undefined;
  try {
    const { expr, sourceInfo } = parse(source);
    const read = inTree(expr);
    if (read === undefined) return undefined;
    const offset = sourceInfo?.positions[String(read.exprId)];
    return { what: read.what, path, offset };
  } catch {
    return { what: "object", path };
  }
}

type TreeRead = { readonly what: string; readonly exprId: bigint };

/** Scopes do not count: a macro's variable of the name of one of ours is taken for ours. */
function inTree(expr: Expr): TreeRead | undefined {
  const access = toAccess(expr);
  if (access?.variable === "references") return { what: "references", exprId: expr.id };
  if (access?.variable === "object") {
    const [first] = access.fields;
    if (first !== undefined && HEADER.has(first)) return undefined;
    return { what: ["object", ...access.fields].join("."), exprId: expr.id };
  }
  for (const child of toChildren(expr)) {
    const read = inTree(child);
    if (read !== undefined) return read;
  }
  return undefined;
}

type Access = { readonly variable: string; readonly fields: readonly string[] };

/** A variable and the fields that are named behind it: `a.b`, `a["b"]`, `has(a.b)`; undefined for any other node. */
function toAccess(expr: Expr): Access | undefined {
  const { exprKind } = expr;
  if (exprKind.case === "identExpr") return { variable: exprKind.value.name, fields: [] };
  const field = exprKind.case === "selectExpr" ? exprKind.value.field : toConstantIndex(expr)?.key;
  const [operand] = toChildren(expr);
  if (field === undefined || operand === undefined) return undefined;
  const before = toAccess(operand);
  return before && { ...before, fields: [...before.fields, field] };
}
