import { findExpressions, findTargetConditions } from "../actions/find-expressions.ts";
import { checkTypes } from "../cel/types/check-types.ts";
import type { PipelineIssue, Rule } from "./pipeline.ts";
import { ANY, describeType, isUnknown, type ValueType } from "../cel/types/value-type.ts";

type Place = readonly (string | number)[];

/** The types that an expression may give at its place in a rule. */
type Wanted = readonly ("bool" | "text" | "timestamp")[];

/** The types of the objects that a rule acts upon, and of those that it creates. */
export type OtherTypes = { readonly target: ValueType; readonly created: ValueType };

/**
 * The type errors of a rule's expressions, as far as the type of its objects is known (`any` if it is not). `index` is the
 * position of the rule in the file. `whereTarget` and `verify` see other objects, whose types are `others`.
 */
export function findTypeIssues(
  rule: Rule,
  index: number,
  object: ValueType,
  others: OtherTypes = { target: ANY, created: ANY },
): readonly PipelineIssue[] {
  const issues: PipelineIssue[] = [];
  const check = (source: string | undefined, keys: Place, wanted?: Wanted, of = object): void => {
    if (source === undefined) return;
    const path = ["rules", index, ...keys];
    const { faults, result } = checkTypes(source, of);
    issues.push(
      ...faults.map(({ message, hint, offset }) => ({
        path,
        message: `CEL: ${message}`,
        hint,
        offset,
      })),
    );
    if (wanted === undefined || isUnknown(result) || wanted.some((type) => type === result.type))
      return;
    const right = wanted.map((type) => describeType({ type })).join(" or ");
    issues.push({ path, message: `CEL: gives ${describeType(result)}, not ${right}` });
  };
  check(rule.where, ["where"], ["bool"]);
  check(rule.at, ["at"], ["timestamp", "text"]);
  if (rule.once.type === "key") check(rule.once.expression, ["once", "key"], ["text"]);
  check(rule.whereTarget, ["whereTarget"], ["bool"], others.target);
  check(rule.verify?.expression, ["verify", "where"], ["bool"], others.created);
  for (const list of ["then", "onFailure"] as const) {
    for (const [at, { action, parameters }] of rule[list]?.entries() ?? []) {
      for (const { source, path } of findExpressions(action, parameters)) {
        check(source, [list, at, action, ...path]);
      }
      for (const { source, path } of findTargetConditions(parameters)) {
        check(source, [list, at, action, ...path], ["bool"], ANY);
      }
    }
  }
  return issues;
}
