import type { AlertMessage } from "../../events/alert.ts";
import { makesRecord } from "../../core/pipeline/makes-record.ts";
import { isVanished } from "../../core/decide/vanished.ts";
import { toEpisodeName, toMessageBindings, type Decision } from "../../core/decide/decide.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { toAlerts, type AlertProblem } from "./to-alerts.ts";
import { toRequestEntry, type RequestContext } from "./to-request.ts";

export type Entries = {
  readonly requests: readonly SqsEntry[];
  readonly alerts: readonly AlertMessage[];
};

/**
 * The requests and alerts for decisions.
 * - A match of a rule that makes a record sends a request; its alerts are steps of the record.
 * - A match of any other rule sends its alerts. In mode dryRun none is sent, as nothing is done.
 * - A matching object that vanished unseen, so that its deletion was found by comparing, is only alerted on.
 * - A rule's error sends an alert, once per object and version of the rule; nothing is remediated.
 * - Unknown is not a match: a young object lacks fields. Only a deletion whose object nobody has any more, as it was found by comparing
 *   or could not be sent, sends an alert as undecided.
 */
export function toEntries(decisions: readonly Decision[], context: RequestContext): Entries {
  const requests: SqsEntry[] = [];
  const alerts: AlertMessage[] = [];
  const { message, references } = context;
  const bindings = toMessageBindings(message, references);
  for (const decision of decisions) {
    const { rule, outcome, reason, recordName, onceKey } = decision;
    if (outcome === "matched" && recordName !== undefined && onceKey !== undefined) {
      const problem = isVanished(rule, message) && message.data.gap === true ? UNSEEN : undefined;
      if (makesRecord(rule) && problem === undefined) {
        requests.push(toRequestEntry({ rule, recordName, onceKey }, context));
      } else if (rule.mode !== "dryRun") {
        alerts.push(...toAlerts({ rule, recordName, bindings, problem }, context));
      }
      continue;
    }
    const { change, gap, truncated } = message.data;
    const isBare = change === "deleted" && (gap === true || truncated === true);
    const undecided = toUndecided(decision, isBare);
    if (undecided === undefined || rule.mode === "dryRun") continue;
    const episode = toEpisodeName(rule, message, `${undecided.key}/${rule.digest}`);
    const problem = { code: undecided.code, message: reason };
    alerts.push(...toAlerts({ rule, recordName: episode, bindings, problem }, context));
  }
  return { requests, alerts };
}

const UNSEEN: AlertProblem = {
  code: "TriggerGone",
  message:
    "the object was deleted unseen, and its last state was never reported: nothing is remediated",
};

function toUndecided(
  { outcome }: Decision,
  isBareDeletion: boolean,
): { readonly code: string; readonly key: string } | undefined {
  if (outcome === "error") return { code: "RuleError", key: "error" };
  if (outcome === "unknown" && isBareDeletion) return { code: "Unknown", key: "unknown" };
  return undefined;
}
