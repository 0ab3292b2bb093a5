import { toChangeId } from "../../../events/ids.ts";
import type { RecordSpec, RemediationRecord } from "../../../events/remediation.ts";
import type { Discovery } from "../../../adapters/kubernetes/api/discovery.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { parsePlan } from "../../../core/records/plan.ts";
import { findRule } from "../../../core/records/find-rule.ts";
import type { RecordEnd } from "../../../core/records/record-end.ts";
import { describeAddress } from "../../../core/operations/describe-operation.ts";
import { isUnseenEvent } from "../../../core/operations/event-reporters.ts";
import type { Catalog } from "../../../core/references/catalog.ts";
import { refuse, ok, type Result } from "../../../core/result.ts";
import { toBindings } from "../../../core/decide/bindings.ts";
import type { Bindings } from "../../../core/cel/compile.ts";
import { MANUAL_KEY_PREFIX } from "../../../core/decide/check-request.ts";
import { findBodyRead } from "../../../core/pipeline/body-reads.ts";
import { evaluateCondition } from "../../../core/decide/condition.ts";
import { toOnceKey } from "../../../core/decide/once-key.ts";
import { findUnnamedSystem } from "../../../core/pipeline/system-namespaces.ts";
import { findSelectionFault } from "../../../core/decide/selection.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import { checkStoredWrites } from "./check-authority.ts";
import { findStoredLeftAlone } from "./targets-left-alone.ts";
import { findServed, readTrigger, toRefused, type ReadTrigger } from "./live-trigger.ts";
import { findLiveLeftAlone } from "./targets/live-left-alone.ts";
import { readNamespaceLabels } from "./namespace-labels.ts";

/** The trigger, which the rule selects and whose condition holds. */
export type LiveMatch = {
  readonly live: ReadTrigger;
  readonly catalog: Catalog;
  /** For the rule's other expressions: `now` is the present. */
  readonly bindings: Bindings;
  /** The episode that the trigger is in. */
  readonly onceKey: string;
  /** The change that the match is about. */
  readonly changeId: string;
};

export type MatchDeps = {
  readonly executor: Executor;
  readonly discovery: Discovery;
  /** RFC 3339 ms. */
  readonly now: string;
  /** Adds one to a metric. */
  readonly count?: ((metric: string) => void) | undefined;
};

export type MatchInput = {
  readonly spec: RecordSpec;
  readonly rule: Rule;
  /** The time of the match (RFC 3339 ms): `now` of the rule's condition and key, however long the record has waited since. */
  readonly matchedAt: string;
  /** The id of the change, if it can be trusted: from a record, or a signed request. Absent: that of the live state. */
  readonly changeId?: string | undefined;
};

/** The match of a record that exists. */
export function toMatchInput(record: RemediationRecord, rule: Rule): MatchInput {
  const { spec, status } = record;
  const matchedAt = status?.matchedAt ?? spec.change.time;
  return { spec, rule, matchedAt, changeId: spec.change.id };
}

/**
 * Reads the trigger live and asks again whether the rule selects it and its condition holds, and in which episode it is. Refused if the
 * trigger was replaced, is no longer selected, or no longer matches.
 */
export async function readLiveMatch(
  input: MatchInput,
  deps: MatchDeps,
  signal: AbortSignal,
): Promise<Result<LiveMatch, RecordEnd>> {
  const { spec } = input;
  const catalog = await readCatalog(spec, deps.discovery, signal);
  const read = await readTrigger(spec, { ...deps, catalog }, signal);
  if (!read.ok) return refuse(withoutEvidence(read.error, input));
  const live = read.value;
  if (!live.isLive && !actsOnGone(input)) return refuse(toGone(live));
  const notSelected = await findNotSelected(input, live, deps, signal);
  if (notSelected !== undefined) return refuse(notSelected);
  const unread = live.truncated === undefined ? undefined : findBodyRead(input.rule);
  if (unread !== undefined) {
    const message = `the rule reads ${unread.what}, and the object is ${live.truncated}`;
    return refuse(toRefused("ObjectTooDeep", message));
  }
  const { cluster } = spec;
  const changeId = input.changeId ?? toLiveChangeId(spec, live);
  const change = { ...spec.change, id: changeId };
  const bindings = toBindings({ ...live, change, cluster, now: deps.now });
  const matched = { ...bindings, now: input.matchedAt };
  const condition = checkCondition(input, live, matched);
  if (condition !== undefined) return refuse(condition);
  // Only now, so that what no longer matches ends for that reason.
  const reader = { executor: deps.executor, signal };
  const alone = await findLiveLeftAlone(input.rule, live.object, spec.trigger.namespace, reader);
  if (alone !== undefined) {
    deps.count?.("LeftAlone");
    return refuse(toRefused(alone.code, alone.message));
  }
  const onceKey = findEpisode(input, live, matched, changeId);
  if (!onceKey.ok) return onceKey;
  return ok({ live, catalog, bindings, onceKey: onceKey.value, changeId });
}

/**
 * The match of a record, which must still be in the record's episode: a condition that flapped, or a new generation, is an episode of
 * its own.
 */
export async function readRecordMatch(
  record: RemediationRecord,
  rule: Rule,
  deps: MatchDeps,
  signal: AbortSignal,
): Promise<Result<LiveMatch, RecordEnd>> {
  const match = await readLiveMatch(toMatchInput(record, rule), deps, signal);
  if (!match.ok) return match;
  const { onceKey } = match.value;
  if (onceKey === record.spec.onceKey) return match;
  const message = `the episode ${record.spec.onceKey} is over: the object is now in ${onceKey}`;
  return refuse(toRefused("EpisodeOver", message));
}

/**
 * Checks whether a plan that has waited may still be executed: the rule is unchanged, still selects the trigger and matches, and still
 * covers the plan's targets (`reach`, `whereTarget`), all evaluated live as when the plan was made. Returns the reason why not, or
 * undefined. Each step checks its own source.
 */
export async function confirmMatch(
  record: RemediationRecord,
  deps: MatchDeps & { readonly pipeline: Pipeline },
  signal: AbortSignal,
): Promise<RecordEnd | undefined> {
  const rule = findRule(record, deps.pipeline);
  if (!rule.ok) return rule.error;
  const match = await readRecordMatch(record, rule.value, deps, signal);
  if (!match.ok) return match.error;
  const operations = parsePlan(record.status ?? { phase: "Pending" });
  // A plan that cannot be read is not executed: its steps are refused for that reason.
  if (!operations.ok) return undefined;
  const { executor, now, pipeline } = deps;
  const { catalog } = match.value;
  const context = { record, rule: rule.value, catalog, executor, now, pipeline };
  const fault =
    (await checkStoredWrites(operations.value, context, signal)) ??
    (await findStoredLeftAlone(operations.value, context, signal));
  return fault === undefined ? undefined : toRefused(fault.code, fault.message);
}

/** If the catalog lacks the resource, the resource may be newer than the catalog. */
export async function readCatalog(
  { trigger }: RecordSpec,
  discovery: Discovery,
  signal: AbortSignal,
): Promise<Catalog> {
  const known = await discovery.catalog(signal);
  return findServed(trigger, known) === undefined ? discovery.refresh(signal) : known;
}

/** Whether a rule is about deletions, or acts on the last reported state of what vanished. */
function actsOnGone({ spec: { change }, rule }: MatchInput): boolean {
  if (rule.ifGone === "act") return true;
  return change.kind === "deleted" && rule.on.changes.includes("deleted");
}

/** A rule that would act on what is gone says why it cannot. */
function withoutEvidence(end: RecordEnd, { rule }: MatchInput): RecordEnd {
  if (rule.ifGone !== "act" || end.reason !== "TriggerGone") return end;
  const why =
    "its last state is not in the record, because it had more than 4 KB or was not signed";
  return { ...end, message: `${end.message}, and ${why}` };
}

function toGone({ trigger }: ReadTrigger): RecordEnd {
  return toRefused("TriggerGone", `${describeAddress(trigger)} no longer exists`);
}

/**
 * The rule's selectors, asked of the live object and its live namespace. Of an object that is gone only its namespace can be asked; a
 * person names the object of a manual request; and an object that has left the selection must be outside it.
 */
async function findNotSelected(
  { spec, rule }: MatchInput,
  { object, isLive }: ReadTrigger,
  { executor }: MatchDeps,
  signal: AbortSignal,
): Promise<RecordEnd | undefined> {
  if (isLive && isUnseenEvent(object, rule.on.fieldSelector)) {
    return toRefused("NotSelected", "the object is Kubemend's own Event");
  }
  if (spec.onceKey.startsWith(MANUAL_KEY_PREFIX)) return undefined;
  const system = findUnnamedSystem(rule, spec.trigger.namespace);
  if (system !== undefined) return toRefused("NotSelected", system);
  const labels = await readNamespaceLabels(rule.on, spec.trigger, executor, signal);
  const { labelSelector: _labels, fieldSelector: _fields, ...ofNamespace } = rule.on;
  const fault = findSelectionFault(isLive ? rule.on : ofNamespace, object, labels);
  if (spec.change.kind !== "left") {
    return fault === undefined ? undefined : toRefused("NotSelected", fault);
  }
  return fault === undefined
    ? toRefused("NotSelected", "the rule is about objects that have left its selection")
    : undefined;
}

/** Evaluates `where`. Of an object that is gone, and of which nothing was reported, normalize's signed decision stands. */
function checkCondition(
  { spec, rule }: MatchInput,
  { isLive }: ReadTrigger,
  bindings: Bindings,
): RecordEnd | undefined {
  if (!isLive && spec.evidence === undefined) return undefined;
  const condition = evaluateCondition(rule, bindings);
  switch (condition.outcome) {
    case "holds":
      return undefined;
    case "fails":
      return toRefused("ConditionNoLongerHolds", "the rule's condition no longer holds");
    case "unknown":
      return toRefused(
        "ConditionUnknown",
        `the rule's condition reads ${condition.path}, which the object does not have`,
      );
    case "error":
      return toRefused("RuleError", `the rule's condition: ${condition.message}`);
  }
}

/** The live key; of a trigger that is gone, and of a manual request, the key that was asked for, which is signed. */
function findEpisode(
  { spec, rule }: MatchInput,
  { isLive }: ReadTrigger,
  bindings: Bindings,
  changeId: string,
): Result<string, RecordEnd> {
  if (!isLive || spec.onceKey.startsWith(MANUAL_KEY_PREFIX)) return ok(spec.onceKey);
  const key = toOnceKey(rule, bindings, changeId);
  return key.ok ? key : refuse(toRefused("RuleError", key.error));
}

function toLiveChangeId({ cluster, change }: RecordSpec, { trigger }: ReadTrigger): string {
  return toChangeId({
    clusterUid: cluster.uid,
    objectUid: trigger.uid,
    change: change.kind,
    resourceVersion: trigger.resourceVersion,
  });
}
