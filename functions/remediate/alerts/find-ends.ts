import type { AlertGroup, OpenAlert } from "../../../events/alert-group.ts";
import type { RecordSpec } from "../../../events/remediation.ts";
import type { AlertEnd } from "../../../core/alerts/groups/continue-group.ts";
import { isState } from "../../../core/alerts/groups/is-state.ts";
import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import type { Pipeline, Rule } from "../../../core/pipeline/pipeline.ts";
import type { CatalogEntry } from "../../../core/references/catalog.ts";
import { findResource } from "../../../core/references/find-resource.ts";
import { readLiveMatch, type MatchDeps } from "../plan/live-match.ts";

/** Open alerts that one check covers; the next check continues with the others. */
export const LOOK_MAX = 200;
const CONCURRENCY = 10;

export type FindEndsDeps = MatchDeps & { readonly pipeline: Pipeline };

export type Ends = {
  readonly ends: readonly AlertEnd[];
  /** Alerts that could not be checked: they stay open. */
  readonly unchecked: number;
  /** The index of the open alert with which the next check begins. */
  readonly next: number;
};

/**
 * Finds the open alerts of a group that have ended: the rule's condition is evaluated on the live objects, as when a remediation begins. An
 * alert whose object cannot be read, or whose condition cannot be decided, stays open. Alerts of a rule about events end when they are old
 * enough to be sent again.
 */
export async function findEnds(
  group: AlertGroup,
  deps: FindEndsDeps,
  signal: AbortSignal,
): Promise<Ends> {
  const { open, repeatSeconds, checked = 0 } = group.status;
  const rule = deps.pipeline.rules.find(({ id }) => id === group.spec.rule);
  if (rule === undefined) return toEnds(open.map(({ id }) => ({ id, why: "noRule" })));
  if (!isState(rule)) {
    const latestMs = Date.parse(deps.now) - repeatSeconds * 1_000;
    const old = open.filter(({ at }) => Date.parse(at) <= latestMs);
    return toEnds(old.map(({ id }) => ({ id, why: "event" })));
  }
  const from = checked < open.length ? checked : 0;
  const looked = open.slice(from, from + LOOK_MAX);
  const next = from + LOOK_MAX < open.length ? from + LOOK_MAX : 0;
  return { ...(await lookAt(looked, group, { ...deps, rule }, signal)), next };
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
  const resource = findResource(await deps.discovery.catalog(signal), deps.rule.on.resource);
  if (resource === undefined) return { ends, unchecked: alerts.length };
  await forEachConcurrently(alerts, CONCURRENCY, async (alert) => {
    try {
      const why = await findEnd(toSpec(alert, resource, group, deps.rule), deps, signal);
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
  const match = await readLiveMatch({ spec, rule: deps.rule, matchedAt: deps.now }, deps, signal);
  if (match.ok) return undefined;
  const { reason } = match.error;
  return Object.hasOwn(ENDS, reason) ? ENDS[reason] : undefined;
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
