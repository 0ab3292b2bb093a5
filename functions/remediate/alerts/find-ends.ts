import type { AlertGroup, OpenAlert } from "../../../events/alert-group.ts";
import type { RecordSpec } from "../../../events/remediation.ts";
import type { AlertEnd } from "../../../core/alerts/groups/continue-group.ts";
import { isRemediation } from "../../../core/actions/registry.ts";
import { isState } from "../../../core/alerts/groups/is-state.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import { findMirror } from "../../../core/pipeline/mirror-rule.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import type { CatalogEntry } from "../../../core/references/catalog.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { isRemediated } from "../../../core/records/record-end.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import { readLiveMatch, type MatchDeps } from "../plan/live-match.ts";
import { findReleased } from "./find-released.ts";

/** Open alerts that one check covers; the next check continues with the others. */
export const LOOK_MAX = 200;
const CONCURRENCY = 10;

/**
 * While functions are updated, some of them have another version of the rule, or not the rule at all. They do not judge the alerts of the
 * version that sent the last one before this time, after which the rule of the function counts.
 */
const OTHER_RULE_MS = 30 * 60_000;

export type FindEndsDeps = MatchDeps & {
  readonly pipeline: Pipeline;
  readonly client: KubernetesClient;
  readonly records: Pick<RecordStore, "read">;
};

export type Ends = {
  readonly ends: readonly AlertEnd[];
  /** Alerts that could not be checked: they stay open. */
  readonly unchecked: number;
  /** The index of the open alert with which the next check begins. */
  readonly next: number;
};

/**
 * Finds the open alerts of a group that have ended: the rule's condition is evaluated on the live objects, as when a remediation begins, and
 * the record of the alert may have succeeded meanwhile. An alert whose object cannot be read, or whose condition cannot be decided, stays
 * open. Alerts about something that happened end when they are old enough to be sent again.
 */
export async function findEnds(
  group: AlertGroup,
  deps: FindEndsDeps,
  signal: AbortSignal,
): Promise<Ends> {
  const { checked = 0 } = group.status;
  const open = group.status.open.filter(({ resolvedAt }) => resolvedAt === undefined);
  const rule = deps.pipeline.rules.find(({ id }) => id === group.spec.rule);
  if (isOfOtherRule(group.status, rule, deps.now)) return toEnds([]);
  if (rule === undefined) return toEnds(open.map(({ id }) => ({ id, why: "noRule" })));
  if (group.spec.class === "held") return toEnds(await findReleased(group, open, deps, signal));
  // A mirror alerts about a copy that is not in order, until its record says that it is.
  const isOfStates = isState(rule) || isMirror(rule);
  const events = open.filter(({ isEvent }) => !isOfStates || isEvent === true);
  const states = isOfStates ? open.filter(({ isEvent }) => isEvent !== true) : [];
  const from = checked < states.length ? checked : 0;
  const looked = states.slice(from, from + LOOK_MAX);
  const next = from + LOOK_MAX < states.length ? from + LOOK_MAX : 0;
  const { ends, unchecked } = await lookAt(looked, group, { ...deps, rule }, signal);
  return { ends: [...ends, ...findOld(events, group.status, deps.now)], unchecked, next };
}

function isOfOtherRule(
  { digest, lastAt }: AlertGroup["status"],
  rule: Rule | undefined,
  now: string,
): boolean {
  if (digest === undefined || lastAt === undefined || digest === rule?.digest) return false;
  return Date.parse(lastAt) + OTHER_RULE_MS > Date.parse(now);
}

function findOld(
  events: readonly OpenAlert[],
  { repeatSeconds }: AlertGroup["status"],
  now: string,
): readonly AlertEnd[] {
  const latestMs = Date.parse(now) - repeatSeconds * 1_000;
  const old = events.filter(({ at }) => Date.parse(at) <= latestMs);
  return old.map(({ id }) => ({ id, why: "event" }));
}

function toEnds(ends: readonly AlertEnd[]): Ends {
  return { ends, unchecked: 0, next: 0 };
}

async function lookAt(
  alerts: readonly OpenAlert[],
  group: AlertGroup,
  deps: FindEndsDeps & { readonly rule: Rule },
  signal: AbortSignal,
): Promise<Omit<Ends, "next">> {
  const ends: AlertEnd[] = [];
  let unchecked = 0;
  if (alerts.length === 0) return { ends, unchecked };
  const resource = findResource(await deps.discovery.catalog(signal), deps.rule.on.resource);
  if (resource === undefined) return { ends, unchecked: alerts.length };
  await forEachConcurrently(alerts, CONCURRENCY, async (alert) => {
    try {
      const spec = toSpec(alert, resource, group, deps.rule);
      const why =
        (isMirror(deps.rule) ? undefined : await findEnd(spec, deps, signal)) ??
        (await findSuccess(alert, deps, signal));
      if (why !== undefined) ends.push({ id: alert.id, why });
    } catch {
      signal.throwIfAborted();
      unchecked += 1;
    }
  });
  return { ends, unchecked };
}

const ENDS: Readonly<Record<string, AlertEnd["why"]>> = {
  ConditionNoLongerHolds: "fails",
  NotSelected: "fails",
  TriggerGone: "gone",
  TriggerReplaced: "gone",
};

async function findEnd(
  spec: RecordSpec,
  deps: FindEndsDeps & { readonly rule: Rule },
  signal: AbortSignal,
): Promise<AlertEnd["why"] | undefined> {
  const input = { spec, rule: deps.rule, matchedAt: deps.now };
  // An object that has opted out by now is asked each minute: that is no remediation which is not begun.
  const match = await readLiveMatch(input, { ...deps, count: undefined }, signal);
  if (match.ok) return undefined;
  const { reason } = match.error;
  return Object.hasOwn(ENDS, reason) ? ENDS[reason] : undefined;
}

/**
 * Its condition may hold for ever, as that of a failed Job which was run again. The record of a rule that only alerts has succeeded when the
 * alert is sent, which ends nothing. For a mirror only the record counts: a copy may be left of an object that is gone, and remediate has no
 * right to read objects that are only mirrored.
 */
async function findSuccess(
  { record }: OpenAlert,
  { records, rule }: FindEndsDeps & { readonly rule: Rule },
  signal: AbortSignal,
): Promise<AlertEnd["why"] | undefined> {
  const isOfMirror = isMirror(rule);
  if (record === undefined || !(isOfMirror || isRemediation(rule.then))) return undefined;
  const found = await records.read(record, signal);
  if (isOfMirror && found === undefined) return "gone";
  const isOver = isOfMirror ? found?.status?.phase === "Succeeded" : isRemediated(found?.status);
  return isOver ? "remediated" : undefined;
}

function isMirror(rule: Rule): boolean {
  return findMirror(rule) !== undefined;
}

/** The alert as a match that has just been reported. */
function toSpec(
  { namespace, name, uid, at }: OpenAlert,
  resource: CatalogEntry,
  { spec }: AlertGroup,
  rule: Rule,
): RecordSpec {
  const { group, version, resource: plural, kind, namespaced } = resource;
  return {
    cluster: spec.cluster,
    rule: { id: rule.id, digest: rule.digest },
    onceKey: "",
    mode: rule.mode,
    change: { id: "", kind: "modified", time: at },
    trigger: {
      group,
      version,
      resource: plural,
      kind,
      namespaced,
      namespace,
      name,
      uid,
      resourceVersion: "",
    },
    references: [],
    traceparent: "",
  };
}
