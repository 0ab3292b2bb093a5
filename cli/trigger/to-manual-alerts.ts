import type { AlertMessage } from "../../events/alert.ts";
import { toMessageBindings } from "../../core/decide/decide.ts";
import { evaluateCondition } from "../../core/decide/condition.ts";
import { toAlerts } from "../../functions/normalize/to-alerts.ts";
import { toManualContext, toManualMatch, type ManualRun } from "./to-manual-request.ts";

/** The alerts of a manual run, or why there are none. */
export type ManualAlerts =
  | { readonly outcome: "alerts"; readonly id: string; readonly alerts: readonly AlertMessage[] }
  | { readonly outcome: "refused"; readonly reason: string };

/** The alerts that normalize would send for the object's live state if the rule, which only alerts, matches it. */
export function toManualAlerts(run: ManualRun): ManualAlerts {
  const context = toManualContext(run);
  const bindings = toMessageBindings(context.message, run.references);
  const condition = evaluateCondition(run.rule, bindings);
  switch (condition.outcome) {
    case "fails":
      return { outcome: "refused", reason: "where is false" };
    case "unknown":
      return { outcome: "refused", reason: `${condition.path} is not there` };
    case "error":
      return { outcome: "refused", reason: `where: ${condition.message}` };
    case "holds": {
      const { rule, recordName } = toManualMatch(run);
      const alerts = toAlerts({ rule, recordName, bindings }, context);
      return { outcome: "alerts", id: recordName, alerts };
    }
  }
}
