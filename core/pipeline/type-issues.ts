import { findExpressions, findTargetConditions } from "../actions/find-expressions.ts";
import { checkTypes } from "../cel/types/check-types.ts";
import type { PipelineIssue, Rule, RuleAction } from "./pipeline.ts";
import { ANY, describeType, isUnknown, type ValueType } from "../cel/types/value-type.ts";

type Place = readonly (string | number)[];

/** The types that an expression may give at its place in a rule. */
type Wanted = readonly ("bool" | "text" | "timestamp")[];

/** The types of the objects that a rule acts upon, of those that it creates or changes, and of those that an action selects. */
export type OtherTypes = {
  readonly target: readonly ValueType[];
  readonly made: readonly ValueType[];
  readonly findSelected: (action: RuleAction) => ValueType;
};

const UNKNOWN: OtherTypes = { target: [ANY], made: [ANY], findSelected: () => ANY };

/**
 * The type errors of a rule's expressions, as far as the type of its objects is known (`any` if it is not). `index` is the
 * position of the rule in the file. `whereTarget`, `verify` and the condition of targets see other objects, whose types are `others`: what is
 * right for one of the types that such an object may have is no fault.
 */
export function findTypeIssues(
  rule: Rule,
  index: number,
  object: ValueType,
  others: OtherTypes = UNKNOWN,
): readonly PipelineIssue[] {
  const issues: PipelineIssue[] = [];
  const check = (
    source: string | undefined,
    keys: Place,
    wanted?: Wanted,
    of: readonly ValueType[] = [object],
  ): void => {
    if (source === undefined) return;
    const path = ["rules", index, ...keys];
    const [first = [], ...rest] = of.map((type) => findExpressionFaults(source, type, wanted));
    const shared = first.filter(({ offset }) =>
      rest.every((faults) => faults.some((fault) => fault.offset === offset)),
    );
    issues.push(...shared.map((fault) => ({ path, ...fault })));
  };
  check(rule.where, ["where"], ["bool"]);
  check(rule.at, ["at"], ["timestamp", "text"]);
  if (rule.once.type === "key") check(rule.once.expression, ["once", "key"], ["text"]);
  check(rule.whereTarget, ["whereTarget"], ["bool"], others.target);
  check(rule.verify?.expression, ["verify", "where"], ["bool"], others.made);
  for (const list of ["then", "onFailure"] as const) {
    for (const [at, { action, parameters }] of rule[list]?.entries() ?? []) {
      for (const { source, path } of findExpressions(action, parameters)) {
        check(source, [list, at, action, ...path]);
      }
      for (const { source, path } of findTargetConditions(parameters)) {
        const of = [others.findSelected({ action, parameters })];
        check(source, [list, at, action, ...path], ["bool"], of);
      }
    }
  }
  return issues;
}

function findExpressionFaults(
  source: string,
  type: ValueType,
  wanted: Wanted | undefined,
): readonly Omit<PipelineIssue, "path">[] {
  const { faults, result } = checkTypes(source, type);
  const found = faults.map(({ message, hint, offset }) => ({
    message: `CEL: ${message}`,
    hint,
    offset,
  }));
  if (wanted === undefined || isUnknown(result) || wanted.some((one) => one === result.type)) {
    return found;
  }
  const right = wanted.map((one) => describeType({ type: one })).join(" or ");
  return [...found, { message: `CEL: gives ${describeType(result)}, not ${right}` }];
}
