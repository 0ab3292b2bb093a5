import type { MirrorParameters } from "../../../core/actions/mirror/mirror-parameters.ts";
import { isRemediation } from "../../../core/actions/registry.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { findMirror } from "../../../core/pipeline/mirror-rule.ts";
import { makesRecord } from "../../../core/pipeline/makes-record.ts";
import type { Once, Rule } from "../../../core/pipeline/pipeline.ts";
import { SYSTEM_NAMESPACES } from "../../../core/pipeline/system-namespaces.ts";
import { APPROVE_WITHIN_MS } from "../../../core/records/approval.ts";
import { GIVE_UP_AFTER_MS } from "../../../core/records/retry.ts";
import { formatDuration } from "../../../core/text/duration.ts";
import { formatFieldPattern } from "../../../core/json/field-pattern.ts";
import { mayAsk } from "../../../core/guards/times/timed-mode.ts";
import { describeActions } from "./describe-actions.ts";
import { describeGuards } from "./describe-guards.ts";
import { describeModes, describeTimes } from "./describe-times.ts";
import { describeEffects } from "./describe-effects.ts";
import { describeMirror } from "./describe-mirror.ts";
import { findUncounted } from "./rule-notes.ts";
import { describeSelection, joinWords } from "./describe-selection.ts";

export type RuleFacts = {
  /** The schema against which the types of the rule's expressions were checked; undefined if that of its resource is unknown. */
  readonly typesOf: string | undefined;
  /** Its watch reads only the metadata of objects. */
  readonly metadataOnly: boolean;
  /** Who gets its alerts that name no receiver; absent: the receiver `default`. */
  readonly alertsBy?: string | undefined;
  /** A cluster was asked for the schemas. */
  readonly isClusterNamed?: boolean | undefined;
  /** The time at which it is described, ms since the epoch. */
  readonly nowMs: number;
};

/** Everything that a rule means, in full sentences and with the defaults that apply: from what it watches to what follows a failure. */
export function describeRule(rule: Rule, facts: RuleFacts): readonly string[] {
  const mirror = findMirror(rule);
  if (mirror !== undefined) return describeMirrorRule(rule, mirror, facts);
  const acts = isRemediation(rule.then);
  return [
    `${describeSelection(rule.on, facts.metadataOnly)}.`,
    ...describeSources(rule),
    describeMatch(rule),
    ...(acts ? describeLeftAlone(rule) : []),
    ...describeChanged(rule),
    `Acts ${describeOnce(rule.once)}.`,
    ...describeBeginning(rule),
    ...describeMode(rule, acts, facts.nowMs),
    ...(acts ? describeTimes(rule, facts.nowMs) : []),
    ...(acts ? describeGuards(rule.guards) : []),
    ...(acts ? findUncounted(rule).map((note) => `Note: ${note}`) : []),
    ...describeActions(rule.then, facts.alertsBy),
    ...(acts
      ? []
      : ["A pause stops remediations and not alerts: kubemend silence silences these."]),
    ...(acts
      ? [...describeReach(rule), describeVerify(rule), ...describeFailure(rule, facts)]
      : []),
    ...(makesRecord(rule) ? [describeRetries(rule)] : []),
    ...(makesRecord(rule) ? [describeIfGone(rule, acts)] : []),
    describeTypes(rule, facts),
  ];
}

function describeMirrorRule(
  rule: Rule,
  mirror: MirrorParameters,
  facts: RuleFacts,
): readonly string[] {
  const alerts = rule.then.filter(({ action }) => action === "alert");
  return [
    `${describeSelection(rule.on, facts.metadataOnly)}, except by the function transfer.`,
    ...describeSources(rule),
    ...describeUnnamed(rule),
    ...describeMirror(rule, mirror),
    ...describeActions(alerts, facts.alertsBy).map(
      (line) => `If an object cannot be mirrored, and when that is over: ${line}`,
    ),
    describeTypes(rule, facts),
  ];
}

function describeSources({ on: { clusters } }: Rule): readonly string[] {
  if (clusters === undefined) return [];
  const named = joinWords(clusters, "and");
  return [
    `Takes changes of the cluster${clusters.length === 1 ? "" : "s"} ${named}; records, guards and alerts of a change are in its own cluster.`,
  ];
}

function describeTypes({ on }: Rule, { typesOf, isClusterNamed = false }: RuleFacts): string {
  if (typesOf !== undefined) return `Types: checked against ${typesOf}.`;
  return isClusterNamed
    ? `Types: not checked, because the cluster publishes no schema of ${on.resource}: --openapi names one.`
    : `Types: not checked, because the schema of ${on.resource} is unknown: --context or --openapi names one.`;
}

function describeMatch({ on, where, initial }: Rule): string {
  const first =
    initial === "include"
      ? "objects that exist at the first start count as added"
      : "objects that exist at the first start do not count until they change";
  const test = where === undefined ? "" : ` if ${where.trim()}`;
  return `Matches when one is ${joinWords(on.changes, "or")}${test}; ${first}.`;
}

/** The namespaces that the rule would have to name; none of an object that is in no namespace. */
function describeUnnamed({ on }: Rule): readonly string[] {
  const isClusterScoped = findResource(builtinCatalog(), on.resource)?.namespaced === false;
  if (on.namespaces !== undefined || isClusterScoped) return [];
  return [
    `Leaves the objects in ${joinWords(SYSTEM_NAMESPACES, "and")} alone: on.namespaces would have to name these.`,
  ];
}

function describeLeftAlone(rule: Rule): readonly string[] {
  const { on, reach } = rule;
  const matches = describeUnnamed(rule);
  if (reach !== "cluster") return matches;
  const targets = joinWords(withoutNamed(on.namespaces), "and");
  return [
    ...matches,
    `Acts upon nothing in ${targets}, although it reaches the whole cluster, except the Pods of a Node that it drains: reach would have to name them.`,
  ];
}

function withoutNamed(named: readonly string[] = []): readonly string[] {
  return SYSTEM_NAMESPACES.filter((one) => !named.includes(one));
}

function describeChanged({ on: { changed } }: Rule): readonly string[] {
  if (changed === undefined) return [];
  const fields = joinWords(changed.fields.map(formatFieldPattern), "or");
  const unknown =
    changed.unknown === "act"
      ? "counts as changed (unknown: act)"
      : "does not count (unknown: skip)";
  return [
    `Matches only if ${fields} differs from the state that was delivered before. The relay compares digests, so no value leaves the cluster. What cannot be known, after a gap, for an object that is new or for a new version of the rule, ${unknown}.`,
    "Acts only if the messages are signed: the cluster does not show an earlier state.",
  ];
}

function describeOnce(once: Once): string {
  switch (once.type) {
    case "object":
      return "once for each object, by its uid (once: object)";
    case "generation":
      return "once for each metadata.generation of an object (once: generation)";
    case "change":
      return "at every change that matches (once: change)";
    case "condition":
      return `once each time that the condition ${once.condition} of an object changes, by its lastTransitionTime (once: { condition: ${once.condition} })`;
    case "key":
      return `once for each object and each value of ${once.expression.trim()} (once: { key: ... })`;
  }
}

function describeBeginning({ forMs, at }: Rule): readonly string[] {
  if (forMs !== undefined) {
    return [
      `Begins when it has matched for ${formatDuration(forMs)} without a break: the condition is then evaluated again on the live object.`,
    ];
  }
  if (at !== undefined) {
    return [
      `Begins at the time ${at.trim()}, or at once if that is over: the condition is then evaluated again on the live object.`,
    ];
  }
  return ["Begins at once."];
}

function describeMode(rule: Rule, acts: boolean, nowMs: number): readonly string[] {
  const { mode, approveWithinMs } = rule;
  if (mode === "dryRun")
    return [
      "Changes nothing and sends nothing: it only records what it would do (mode: dryRun), which follows.",
    ];
  if (!acts) return [];
  if (!mayAsk(rule)) return ["Asks nobody (mode: enforce)."];
  const timed = describeModes(rule, nowMs);
  const within = formatDuration(approveWithinMs ?? APPROVE_WITHIN_MS);
  return [
    ...timed,
    `Waits until a person approves its plan, for ${within} at most, and is then Expired (mode: approval).`,
  ];
}

function describeReach({ on, reach, whereTarget }: Rule): readonly string[] {
  const isClusterScoped = findResource(builtinCatalog(), on.resource)?.namespaced === false;
  const own = isClusterScoped ? "the object itself" : "the object itself and in its namespace";
  const where =
    reach === "cluster"
      ? "anywhere in the cluster"
      : reach === undefined
        ? own
        : `${own}, and in ${joinWords(reach, "and")}`;
  const test =
    whereTarget === undefined
      ? ""
      : `, if this is true of the object that it acts upon: ${whereTarget.trim()}`;
  return [`May act on ${where}${test}.`];
}

function describeVerify({ verify, then }: Rule): string {
  if (verify === undefined)
    return "Is successful when its actions have been carried out; nothing is verified.";
  const { expression, withinMs } = verify;
  if (expression === undefined) return describeEffects(then, withinMs);
  const within = withinMs === undefined ? "" : ` within ${formatDuration(withinMs)}`;
  return `Is successful if this becomes true of the object that it created or changed${within}: ${expression.trim()}.`;
}

function describeFailure({ onFailure }: Rule, { alertsBy }: RuleFacts): readonly string[] {
  if (onFailure === undefined) return ["If it fails, nothing else is tried."];
  const [first = "", ...others] = describeActions(onFailure, alertsBy);
  const rest = others.flatMap((line) => [`If that fails too: ${line}`]);
  return [
    `If it fails: ${first} That is planned then, on the objects as they are by that time.`,
    ...rest,
  ];
}

function describeRetries({ giveUpAfterMs }: Rule): string {
  const limit = formatDuration(giveUpAfterMs ?? GIVE_UP_AFTER_MS);
  return `What fails for a reason that may pass is tried again for ${limit}.`;
}

/** Says how the rule continues if the object is gone before its remediation begins. */
function describeIfGone({ ifGone, on }: Rule, acts: boolean): string {
  if (!on.changes.some((change) => change === "added" || change === "modified")) {
    return "The object is always gone when it begins, as the rule is about deletions.";
  }
  return acts && ifGone === "act"
    ? "If the object is gone before it begins, acts on the last reported state, if the message is signed (ifGone: act)."
    : "If the object is gone before it begins, does nothing but send its alerts (ifGone: refuse).";
}
