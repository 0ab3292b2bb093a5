import { findExpressions } from "../actions/find-expressions.ts";
import { isObject } from "../json/read-json.ts";
import { parse } from "../cel/syntax/parse.ts";
import { toChildren, type Expr } from "../cel/syntax/tree.ts";
import { findMirror } from "./mirror-rule.ts";
import type { Rule, RuleAction } from "./pipeline.ts";
import { findReadPaths } from "../cel/read-paths.ts";
import type { FieldPattern } from "../json/field-pattern.ts";

/** Something that a rule reads and that is not part of an object's apiVersion, kind and metadata. */
export type BodyRead = {
  /** `object.status.phase`, `references`. */
  readonly what: string;
  /** The place in the rule: `["where"]`. */
  readonly path: readonly (string | number)[];
};

const HEADER: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);
/** Relations whose references are in the metadata. */
const OWNERS: ReadonlySet<unknown> = new Set(["owner", "controller"]);

const known = new WeakMap<Rule, { readonly read: BodyRead | undefined }>();

/**
 * The first part of the object's body that a rule reads; undefined if metadata is enough for the rule. Other objects
 * (`whereTarget`, `verify`) are read live and do not count. In doubt the body counts as read.
 */
export function findBodyRead(rule: Rule): BodyRead | undefined {
  const found = known.get(rule) ?? { read: lookThrough(rule) };
  known.set(rule, found);
  return found.read;
}

function lookThrough(rule: Rule): BodyRead | undefined {
  // The message of a mirrored object only says which one has changed: whoever copies it reads it live.
  if (findMirror(rule) !== undefined) return undefined;
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
    for (const { source, path: place } of findExpressions(action, parameters)) {
      const read = inText(source, [...path, ...place]);
      if (read !== undefined) return read;
    }
    if (selectsBodyReference(parameters)) return { what: "references", path };
  }
  return undefined;
}

/** A reference as a parameter, see core/actions/contract/select-reference.ts. */
function selectsBodyReference(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => selectsBodyReference(item));
  if (!isObject(value)) return false;
  if (Object.hasOwn(value, "relation") && !OWNERS.has(value["relation"])) return true;
  return Object.values(value).some((item) => selectsBodyReference(item));
}

function inText(source: string | undefined, path: BodyRead["path"]): BodyRead | undefined {
  if (source === undefined) return undefined;
  const paths = findReadPaths(source);
  if (paths === "all") return { what: "the whole object", path };
  const beyond = paths.find(({ path: [first] }) => typeof first !== "string" || !HEADER.has(first));
  if (beyond !== undefined) return { what: toField(beyond.path), path };
  return mentions(parse(source), "references") ? { what: "references", path } : undefined;
}

function toField(path: FieldPattern): string {
  return ["object", ...path.map((key) => key ?? "*")].join(".");
}

/** Whether an expression uses the variable. A macro variable with the same name counts too. */
function mentions(expr: Expr, variable: string): boolean {
  if (expr.type === "variable") return expr.name === variable;
  return toChildren(expr).some((child) => mentions(child, variable));
}
