import type { ChangeMessage } from "../../events/change.ts";
import { toRecordName } from "../../events/ids.ts";
import type { FoundReference } from "../../events/reference.ts";
import { formatFieldPattern } from "../json/field-pattern.ts";
import { isUnseenEvent } from "../operations/event-reporters.ts";
import { toBindings } from "./bindings.ts";
import { findBodyRead } from "../pipeline/body-reads.ts";
import type { Bindings } from "../cel/compile.ts";
import { findUnchanged, readChanged } from "./changed-fields.ts";
import { createBudget, MAX_MESSAGE_STEPS, withBudget, type Budget } from "../cel/values/meter.ts";
import { evaluateCondition } from "./condition.ts";
import { isCopy } from "./copy-mark.ts";
import { findRuleLeftAlone } from "./left-alone.ts";
import { toOnceKey } from "./once-key.ts";
import { findMirror } from "../pipeline/mirror-rule.ts";
import type { Rule } from "../pipeline/pipeline.ts";
import { findNamespaceFault } from "./selection.ts";
import { findUnnamedSystem } from "../pipeline/system-namespaces.ts";
import { isVanished } from "./vanished.ts";

/** The decision of a rule about a change, and its reason. */
export type Decision = {
  readonly rule: Rule;
  readonly outcome: "matched" | "notMatched" | "unknown" | "error";
  readonly reason: string;
  /** Set if the rule matched, unless it mirrors: the name of the record of the episode. */
  readonly recordName?: string | undefined;
  /** Set if the rule matched, unless it mirrors: the key of the episode. */
  readonly onceKey?: string | undefined;
  /** Set if the condition holds, and the object or its namespace is to be left alone. */
  readonly isLeftAlone?: true;
};

export type DecideInput = {
  /** The rules that are bound to the message's watch (`findBoundRules`). */
  readonly rules: readonly Rule[];
  readonly message: ChangeMessage;
  readonly references: readonly FoundReference[];
  /** Default: MAX_MESSAGE_STEPS. */
  readonly budget?: Budget | undefined;
};

/**
 * The decisions of the rules that are bound to the watch of a message, in their order. Pure: the same message gives the same
 * decisions, whenever and however often it is delivered. The expressions of all rules share a budget; what is over it is an error of the
 * rule.
 */
export function decide(input: DecideInput): readonly Decision[] {
  const { rules, message, references, budget = createBudget(MAX_MESSAGE_STEPS) } = input;
  const bindings = toMessageBindings(message, references);
  return withBudget(budget, () => rules.map((rule) => decideByRule(rule, message, bindings)));
}

/** The values that a message gives to the variables of a rule's expressions. */
export function toMessageBindings(
  message: ChangeMessage,
  references: readonly FoundReference[],
): Bindings {
  const { id, time, data } = message;
  return toBindings({
    object: data.object,
    change: { id, kind: data.change, time, gap: data.gap },
    references,
    cluster: data.cluster,
    now: time,
  });
}

/** Why a rule does not evaluate its condition on a message; undefined if it does. */
export function findExclusion(rule: Rule, message: ChangeMessage): string | undefined {
  const { change, initial, object } = message.data;
  if (isUnseenEvent(object, rule.on.fieldSelector)) {
    return "it is Kubemend's own Event, which no rule sees unless its field selector asks for those of emitEvent";
  }
  if (initial !== undefined && !initial.includes(rule.id)) {
    return "the object existed before the first start, and the rule does not have initial: include";
  }
  const elsewhere = findNamespaceFault(rule.on, object.metadata.namespace ?? null);
  if (elsewhere !== undefined) return elsewhere;
  const system = findUnnamedSystem(rule, object.metadata.namespace ?? null);
  if (system !== undefined) return system;
  if (!rule.on.changes.includes(change) && !isVanished(rule, message)) {
    return `${change} is not among ${rule.on.changes.join(", ")}`;
  }
  return findUnchanged(rule, readChanged(rule, message));
}

/**
 * The field that a rule reads although the message has only metadata. Without this check `has(object.status)` would be false
 * without anyone knowing why. It can happen while relay and functions have different pipelines, and with old recordings.
 */
export function findMissingBody(rule: Rule, message: ChangeMessage): string | undefined {
  const { payload, truncated, reason } = message.data;
  if (payload !== "metadata" && truncated !== true) return undefined;
  const read = findBodyRead(rule);
  const why = reason === undefined ? "" : ` (${reason})`;
  return read && `${read.what} is not there: the message has only the object's metadata${why}`;
}

function decideByRule(rule: Rule, message: ChangeMessage, bindings: Bindings): Decision {
  const exclusion = findExclusion(rule, message);
  if (exclusion !== undefined) return { rule, outcome: "notMatched", reason: exclusion };
  const missing = findMissingBody(rule, message);
  if (missing !== undefined) return { rule, outcome: "unknown", reason: missing };
  const condition = evaluateCondition(rule, bindings);
  switch (condition.outcome) {
    case "fails":
      return { rule, outcome: "notMatched", reason: "where is false" };
    case "unknown":
      return { rule, outcome: "unknown", reason: `${condition.path} is not there` };
    case "error":
      return { rule, outcome: "error", reason: `where: ${condition.message}` };
    case "holds": {
      if (findMirror(rule) !== undefined) return toMirrored(rule, message);
      const alone = findRuleLeftAlone(rule, message.data.object, toKnownNamespace(message));
      if (alone === undefined) return toMatch(rule, message, bindings);
      return { rule, outcome: "notMatched", reason: alone.message, isLeftAlone: true };
    }
  }
}

/** The namespace as far as the message says anything about it: not its annotations. */
function toKnownNamespace({ data }: ChangeMessage): object | null | undefined {
  if (!data.resource.namespaced) return null;
  const { namespaceLabels: labels } = data;
  return labels === undefined ? undefined : { metadata: { labels } };
}

function toMatch(rule: Rule, message: ChangeMessage, bindings: Bindings): Decision {
  const key = toOnceKey(rule, bindings, message.id);
  if (!key.ok) return { rule, outcome: "error", reason: key.error };
  const reason = toReason(rule, message);
  return {
    rule,
    outcome: "matched",
    reason,
    onceKey: key.value,
    recordName: toEpisodeName(rule, message, key.value),
  };
}

/** A mirror makes no record, so its match has no name. */
function toMirrored(rule: Rule, message: ChangeMessage): Decision {
  if (!isCopy(message.data.object)) {
    return { rule, outcome: "matched", reason: toReason(rule, message) };
  }
  const reason = "it is a copy itself, and copies are not mirrored on";
  return { rule, outcome: "notMatched", reason };
}

function toReason(rule: Rule, message: ChangeMessage): string {
  const condition = rule.where === undefined ? "the rule has no condition" : "where is true";
  const answer = readChanged(rule, message);
  if (answer === undefined) return condition;
  const fields = rule.on.changed?.fields.map(formatFieldPattern).join(", ") ?? "";
  if (answer === "yes") return `${fields} changed, and ${condition}`;
  return `it is not known whether ${fields} changed (on.changed.unknown: act), and ${condition}`;
}

/** The name of the record of an episode. A rule that only alerts has no record, but the name identifies its alerts too. */
export function toEpisodeName(rule: Rule, message: ChangeMessage, onceKey: string): string {
  const { cluster, object } = message.data;
  return toRecordName({
    clusterUid: cluster.uid,
    ruleId: rule.id,
    objectUid: object.metadata.uid,
    onceKey,
    mode: rule.mode,
  });
}
