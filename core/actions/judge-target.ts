import type { KubernetesObject } from "../../events/change.ts";
import { compileExpression, type Bindings } from "../cel/compile.ts";
import type { TargetFilter } from "../operations/fan-out.ts";
import { judgePod } from "./drain/judge-pod.ts";
import type { Uses } from "./targets/uses-object.ts";
import type { Verdict } from "./targets/verdict.ts";

/** Whether an object of its collections is a target of a fan-out. What an expression cannot judge, because a field is missing, is none. */
export function judgeTarget(
  filter: TargetFilter,
  object: KubernetesObject,
  uses: Uses,
  toBindings: (object: KubernetesObject) => Bindings,
): Verdict {
  switch (filter.type) {
    case "drain":
      return judgePod(object, filter);
    case "uses":
      return { outcome: uses(filter.kind, filter.object) ? "target" : "none" };
    case "where":
      return filter.expression === undefined
        ? { outcome: "target" }
        : evaluate(filter.expression, toBindings(object));
  }
}

function evaluate(expression: string, bindings: Bindings): Verdict {
  const compiled = compileExpression(expression);
  const answer = compiled.ok
    ? compiled.value.evaluate(bindings)
    : { outcome: "error" as const, message: compiled.error.message };
  if (answer.outcome === "unknown") return { outcome: "none", isUnjudged: true };
  if (answer.outcome === "error") {
    const message = `cannot be judged by where: ${answer.message}`;
    return { outcome: "refused", code: "RuleError", message };
  }
  return { outcome: answer.value === true ? "target" : "none" };
}
