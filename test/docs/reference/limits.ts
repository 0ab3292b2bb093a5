import { MAX_MESSAGE_STEPS, MAX_STEPS } from "../../../core/cel/values/meter.ts";
import { MAX_SCAN_STEPS } from "../../../functions/remediate/plan/targets/scan-budget.ts";
import { QUICK_STEPS } from "../../../functions/normalize/decide-change.ts";
import {
  MAX_EXPRESSION_LENGTH,
  MAX_EXPRESSION_NODES,
  MAX_MACRO_NESTING,
} from "../../../core/cel/bounds.ts";
import { SUMMARY_MAX_BYTES } from "../../../core/actions/alert/evaluate-text.ts";
import { KEY_MAX_LENGTH } from "../../../core/decide/once-key.ts";
import { MAX_DEPTH } from "../../../core/operations/loops/chain.ts";
import { CHANGES_MAX } from "../../../core/operations/loops/changed-by.ts";
import { LOOP_WINDOW_MS } from "../../../core/operations/loops/loop-window.ts";
import { DEFAULT_GUARDS } from "../../../core/guards/settings.ts";
import { APPROVE_WITHIN_MS } from "../../../core/records/approval.ts";
import { PLAN_MAX_BYTES } from "../../../core/records/plan.ts";
import { COMPACT_AFTER_MS, RETIRE_AFTER_MS } from "../../../core/records/plan-sweep.ts";
import { GIVE_UP_AFTER_MS } from "../../../core/records/retry.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import { MESSAGE_MAX_LENGTH } from "../../../core/text/limit-message.ts";
import { MAX_NESTING } from "../../../events/json.ts";
import { BATCH_MAX_BYTES } from "../../../adapters/sqs/send-batch.ts";

export type Limit = { readonly what: string; readonly limit: string; readonly beyond: string };

/** The limits, by the constants of the code, and the effect of exceeding them. */
export const LIMITS: readonly Limit[] = [
  { what: "A pipeline file", limit: "1 MiB", beyond: "It is refused: no ConfigMap holds it." },
  {
    what: "A CEL expression",
    limit: `${MAX_EXPRESSION_LENGTH} characters, ${MAX_EXPRESSION_NODES} parts, macros nested ${MAX_MACRO_NESTING} deep`,
    beyond: "The file is refused.",
  },
  {
    what: "An evaluation of CEL",
    limit: `${MAX_STEPS.toLocaleString("en")} steps`,
    beyond: "An error of the rule: nothing is remediated, and it alerts.",
  },
  {
    what: "All evaluations of CEL for one message, by all rules of its watch",
    limit: `${MAX_MESSAGE_STEPS.toLocaleString("en")} steps`,
    beyond: "An error of the rules that come later: nothing is remediated, and they alert.",
  },
  {
    what: "Messages that need more than a few steps, in one batch",
    limit: `after the others, and together at most ${(2 * MAX_MESSAGE_STEPS).toLocaleString("en")} steps; each of the others at most ${QUICK_STEPS.toLocaleString("en")}`,
    beyond: "They are left to a later batch.",
  },
  {
    what: "The evaluations of `where` that find the targets of an action",
    limit: `${MAX_SCAN_STEPS.toLocaleString("en")} steps; if they are in several namespaces, each gets a quarter of what is left`,
    beyond: "These objects fail with TooExpensive, and the others are acted upon.",
  },
  { what: "onFailure", limit: "3 actions", beyond: "The file is refused." },
  {
    what: "for, verify.within, giveUpAfter, approveWithin",
    limit: "366d",
    beyond: "The file is refused.",
  },
  {
    what: "Nesting of an object",
    limit: `${MAX_NESTING} levels`,
    beyond: "It is sent as metadata, with `truncated: true` and the reason.",
  },
  {
    what: "A message",
    limit: `${BATCH_MAX_BYTES / 1024 / 1024} MiB, compressed if it is larger`,
    beyond:
      "It is sent as metadata, with `truncated: true`; the functions read the object from the cluster.",
  },
  {
    what: "A chain of remediations that cause each other",
    limit: `${MAX_DEPTH} within ${formatDuration(LOOP_WINDOW_MS)}, and as many more as there are rules that have not acted in it yet`,
    beyond:
      "A rule that has acted in it is refused with LoopDepth, and an alert. `kubemend trigger` begins a new chain. A scale, an eviction and a deletion leave no mark on what comes next, so a chain of these does not end here: give `scale` a `max`.",
  },
  {
    what: "Changes of one object by one rule",
    limit: `${CHANGES_MAX} within ${formatDuration(LOOP_WINDOW_MS)}, whatever triggered them`,
    beyond:
      "Refused with LoopDepth, and an alert; of an action on many targets, only this target fails. `kubemend trigger` changes it once more.",
  },
  {
    what: "The remediations of a rule, of all namespaces together (`guards`)",
    limit: `${DEFAULT_GUARDS.maxInFlight} at once, ${DEFAULT_GUARDS.maxPerHour} an hour, ${DEFAULT_GUARDS.breaker.failures} failures in a row, ${DEFAULT_GUARDS.storm.matches} matches within ${formatDuration(DEFAULT_GUARDS.storm.withinMs)}, if the rule does not say otherwise`,
    beyond:
      "Those of every namespace wait, and are Expired after deferFor, or Refused with `whenGuarded: refuse`. Namespaces that must not hold up each other need a rule each, because each rule is counted for itself.",
  },
  { what: "A plan", limit: `${PLAN_MAX_BYTES / 1024} KiB`, beyond: "Refused with PlanTooLarge." },
  {
    what: "The message of a problem, an outcome, a wait or a step",
    limit: `${MESSAGE_MAX_LENGTH.toLocaleString("en")} characters`,
    beyond: "The middle of it is left out.",
  },
  {
    what: "The summary of an alert",
    limit: `${SUMMARY_MAX_BYTES / 1024} KiB`,
    beyond: "It is cut.",
  },
  {
    what: "The value of once.key",
    limit: `${KEY_MAX_LENGTH.toLocaleString("en")} characters`,
    beyond: "An error of the rule: nothing is remediated, and it alerts.",
  },
  {
    what: "Retries of what fails for a reason that may pass",
    limit: `${formatDuration(GIVE_UP_AFTER_MS)}, or giveUpAfter`,
    beyond: "Failed, with an alert.",
  },
  {
    what: "The wait for an approval",
    limit: `${formatDuration(APPROVE_WITHIN_MS)}, or approveWithin`,
    beyond: "Expired.",
  },
  {
    what: "A record that has ended",
    limit: `whole for ${formatDuration(COMPACT_AFTER_MS)}, its outcome for ${formatDuration(RETIRE_AFTER_MS)}`,
    beyond: "The sweep deletes it, if its object or its episode is over.",
  },
];
