import { findAction } from "../../actions/registry.ts";
import { isObject, readList } from "../../json/read-json.ts";
import type { PipelineIssue, RuleAction } from "../pipeline.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The reasons why a rule cannot have `ifGone`: it is about objects that are gone anyway; or, for `act`, the decision needs the trigger
 * itself, or needs it later than the request that carries its last state.
 */
export function findIfGoneIssues(
  fields: Fields,
  then: readonly RuleAction[],
  path: readonly (string | number)[],
): readonly PipelineIssue[] {
  if (fields["ifGone"] === undefined) return [];
  const fault = isOnlyDeleted(fields["on"])
    ? "the rule is about deletions, so its object is always gone"
    : fields["ifGone"] === "act"
      ? findActFault(fields, then)
      : undefined;
  if (fault === undefined) return [];
  const hint =
    "remove ifGone: a rule whose object is gone before its remediation begins is then refused, and alerts";
  return [{ path: [...path, "ifGone"], at: "key", message: fault, hint }];
}

function isOnlyDeleted(on: unknown): boolean {
  const changes = isObject(on) ? readList(on["changes"]) : [];
  return changes.length > 0 && !changes.some((one) => one === "added" || one === "modified");
}

function findActFault(fields: Fields, then: readonly RuleAction[]): string | undefined {
  for (const key of ["for", "at"] as const) {
    if (fields[key] !== undefined) {
      return `ifGone: act excludes ${key}: after the wait the condition is evaluated on the live object, and one that is gone has none`;
    }
  }
  if (fields["once"] === "change") {
    return "ifGone: act excludes once: change: the deletion is a change of its own, so the rule would act twice";
  }
  const onTrigger = [...then, ...toActions(fields["onFailure"])].find(actsOnTrigger);
  return onTrigger === undefined
    ? undefined
    : `ifGone: act is only for actions on other objects, and ${onTrigger.action} acts on the object that is gone`;
}

/** By convention an action's parameter names the trigger as `trigger`; a target that is not written is the trigger too. */
function actsOnTrigger({ action: name, parameters }: RuleAction): boolean {
  const action = findAction(name);
  if (action?.remediates !== true) return false;
  const isNamed = Object.hasOwn(parameters, "target") || Object.hasOwn(parameters, "targets");
  const isDefault = action.targets !== undefined && !isNamed;
  return isDefault || Object.values(parameters).includes("trigger");
}

function toActions(written: unknown): readonly RuleAction[] {
  return readList(written).flatMap((entry) =>
    isObject(entry)
      ? Object.entries(entry).map(([action, parameters]) => ({
          action,
          parameters: isObject(parameters) ? parameters : {},
        }))
      : [],
  );
}
