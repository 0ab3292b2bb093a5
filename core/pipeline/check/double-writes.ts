import { findAction } from "../../actions/registry.ts";
import type { WrittenField } from "../../actions/contract/action.ts";
import { overlaps } from "../../actions/contract/written-field.ts";
import { toCanonicalJson } from "../../json/canonical-json.ts";
import { isObject } from "../../json/read-json.ts";
import { formatChangePath } from "../../operations/change-path.ts";
import type { PipelineIssue, Rule, RuleAction } from "../pipeline.ts";
import type { Fault } from "./parameters/fault.ts";

/**
 * Actions of `then` that write the same field of the same object, or change one that an earlier action removes. All of them are planned
 * on the state before the first one, so the later one would find another value than it was planned on and fail, or would find its own
 * value there already and do nothing. What each action writes is what it says itself (`writes`).
 */
export function findDoubleWrites(
  { then }: Pick<Rule, "then">,
  path: PipelineIssue["path"],
): readonly PipelineIssue[] {
  return then.flatMap((later, index) => {
    const faults = then.slice(0, index).flatMap((earlier) => findFault(earlier, later) ?? []);
    return faults
      .slice(0, 1)
      .map((fault) => ({ path: [...path, "then", index, later.action], ...fault }));
  });
}

function findFault(earlier: RuleAction, later: RuleAction): Fault | undefined {
  const [one, other] = [findAction(earlier.action), findAction(later.action)];
  if (one?.targets === undefined || other?.targets === undefined) return undefined;
  if (toTargetKey(earlier) !== toTargetKey(later)) return undefined;
  if (one.verb === "delete" || one.verb === "evict") {
    // An Event may be about what is gone.
    return other.verb === "report on" ? undefined : toRemoved(earlier, later);
  }
  for (const written of one.writes?.(earlier.parameters) ?? []) {
    const again = (other.writes?.(later.parameters) ?? []).find((field) =>
      isConflict(written, field),
    );
    if (again !== undefined) return toFault(earlier, later, written, again);
  }
  return undefined;
}

/** The same value twice does no harm. */
function isConflict(one: WrittenField, other: WrittenField): boolean {
  if (!overlaps(one.path, other.path)) return false;
  const isKnown = Object.hasOwn(one, "to") && Object.hasOwn(other, "to");
  return !isKnown || toCanonicalJson(one) !== toCanonicalJson(other);
}

/** Equal for two actions on the same object or objects; the resource only says what they would be refused for otherwise. */
function toTargetKey({ parameters: { target = "trigger", targets } }: RuleAction): string {
  if (!isObject(target) || targets !== undefined) return toCanonicalJson([targets ?? target]);
  const { resource: _resource, ...own } = target;
  return toCanonicalJson([Object.hasOwn(own, "relation") ? own : target]);
}

function toRemoved({ action }: RuleAction, later: RuleAction): Fault {
  return {
    message: `${action} removes the object, so ${later.action} after it would not find it`,
    hint: `remove one of the two, or write ${later.action} before ${action}`,
  };
}

function toFault(
  { action }: RuleAction,
  later: RuleAction,
  { path: written }: WrittenField,
  { path: again }: WrittenField,
): Fault {
  const isWhole = written.length < again.length;
  if (isWhole && later.action === "restartRollout") {
    return {
      message: `${action} already replaces the Pods, and restartRollout after it would fail: it writes a field of ${formatChangePath(written)}, too`,
      hint: "remove restartRollout",
    };
  }
  const field = formatChangePath(isWhole ? again : written);
  const who =
    action === later.action
      ? `${action} writes it twice`
      : `${action} and ${later.action} both write it`;
  return {
    message: `two actions write ${field} of the same object: ${who}, and all actions of then are planned before the first of them writes`,
    hint: `remove one of the two; if ${later.action} is to undo ${action} when something fails, write it under onFailure`,
  };
}
