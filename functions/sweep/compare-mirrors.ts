import { sha256, toCompareGroupId } from "../../events/ids.ts";
import { readCompareRequest, type Mirror } from "../../events/mirrors/mirror.ts";
import { ALL_GUARD, type RuleGuard } from "../../events/rule-guard.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { findPause } from "../../core/guards/limits.ts";
import { toTransferMessage } from "../../core/mirror/to-transfer-message.ts";
import { isComparisonDue, isFailingForLong } from "../../core/mirror/state/comparison.ts";
import { findMirrorRules, type MirrorRule } from "../../core/pipeline/mirror-rule.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { NO_TRACE } from "../../core/records/messages/wakeup.ts";
import { parseDuration } from "../../core/text/duration.ts";

export type CompareMirrorsDeps = {
  /** The packed pipeline as it is for this cluster; undefined if it surely has no mirror. */
  readonly pipeline: () => Promise<Pipeline | undefined>;
  readonly clusterUid: (signal: AbortSignal) => Promise<string>;
  readonly mirrors: (signal: AbortSignal) => Promise<readonly Mirror[]>;
  readonly guards: (signal: AbortSignal) => Promise<readonly RuleGuard[]>;
  /** Sends messages to `transfers.fifo`; throws if one of them was not accepted. */
  readonly send: (entries: readonly SqsEntry[], signal: AbortSignal) => Promise<void>;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** Mirrors of the pipeline, and how many of them are to be compared now. */
export type MirrorReport = {
  readonly mirrors: number;
  readonly due: number;
  readonly behind: number;
};

/** Asks for the comparisons that are due. Repeatable: one that is in progress is not begun again. */
export async function compareMirrors(
  deps: CompareMirrorsDeps,
  signal: AbortSignal,
): Promise<MirrorReport> {
  const pipeline = await deps.pipeline();
  const rules = pipeline === undefined ? [] : findMirrorRules(pipeline.rules);
  if (pipeline === undefined || rules.length === 0) return { mirrors: 0, due: 0, behind: 0 };
  const [uid, mirrors, guards] = await Promise.all([
    deps.clusterUid(signal),
    deps.mirrors(signal),
    deps.guards(signal),
  ]);
  const all = rules.flatMap((one) => one.mirror.to.map((target) => ({ ...one, target })));
  const nowMs = deps.now();
  const cluster = { name: pipeline.cluster.name, uid };
  const due = all.filter((one) => isDue(one, { mirrors, guards, nowMs }));
  const about = { cluster, pipeline: pipeline.digest, mirrors, nowMs };
  // A mirror that no rule keeps any more: transfer stores that, once.
  const obsolete = findObsolete(all, mirrors, uid);
  await deps.send(
    [...due, ...obsolete].map((one) => toEntry(one, about)),
    signal,
  );
  const behind = all.filter((one) => {
    const status = findStored(one, mirrors)?.status;
    return status?.state === "Behind" || isFailingForLong(status, nowMs);
  });
  return { mirrors: all.length, due: due.length, behind: behind.length };
}

type Directed = MirrorRule & { readonly target: string };

/** A mirror, as messages name it. */
type Named = { readonly rule: Pick<Rule, "id" | "digest">; readonly target: string };

function findObsolete(
  all: readonly Directed[],
  mirrors: readonly Mirror[],
  clusterUid: string,
): readonly Named[] {
  return mirrors.flatMap(({ spec, status }) => {
    const isKept = all.some(({ rule, target }) => rule.id === spec.rule && target === spec.target);
    if (isKept || spec.cluster.uid !== clusterUid || status?.state === "Obsolete") return [];
    return [{ rule: { id: spec.rule, digest: status?.ruleDigest ?? "none" }, target: spec.target }];
  });
}

function isDue(
  one: Directed,
  seen: {
    readonly mirrors: readonly Mirror[];
    readonly guards: readonly RuleGuard[];
    readonly nowMs: number;
  },
): boolean {
  const { rule, mirror } = one;
  const { guards, nowMs } = seen;
  const read = (name: string) =>
    guards.find(({ metadata }) => metadata.name === name)?.spec?.paused;
  const pause = findPause({ pausedAll: read(ALL_GUARD), paused: read(rule.id) }, nowMs);
  const stored = findStored(one, seen.mirrors);
  return isComparisonDue(stored?.status, {
    digest: rule.digest,
    compareEveryMs: parseDuration(mirror.compareEvery) ?? 3_600_000,
    isPaused: pause !== undefined,
    request: findRequest(stored),
    nowMs,
  });
}

function findRequest(stored: Mirror | undefined): string | undefined {
  return stored === undefined ? undefined : readCompareRequest(stored.metadata);
}

function findStored({ rule, target }: Named, mirrors: readonly Mirror[]): Mirror | undefined {
  return mirrors.find(({ spec }) => spec.rule === rule.id && spec.target === target);
}

const MINUTE_MS = 60_000;

/**
 * Two runs in one minute send it once, unless somebody has requested another comparison in between. It is not signed: transfer begins only a
 * comparison that is due, for any sender.
 */
function toEntry(
  one: Named,
  about: {
    readonly cluster: { readonly name: string; readonly uid: string };
    readonly pipeline: string;
    readonly mirrors: readonly Mirror[];
    readonly nowMs: number;
  },
): SqsEntry {
  const { rule, target } = one;
  const { cluster, pipeline, mirrors, nowMs } = about;
  const started = new Date(nowMs).toISOString();
  const request = findRequest(findStored(one, mirrors)) ?? "";
  const minute = String(Math.floor(nowMs / MINUTE_MS));
  const id = sha256("compare", cluster.uid, rule.id, target, request, minute);
  const message = toTransferMessage({
    id,
    subject: `/${rule.id}/${target}`,
    time: started,
    traceparent: NO_TRACE,
    data: {
      cluster,
      target: { name: target },
      rule: { id: rule.id, digest: rule.digest },
      pipeline,
      reason: "compare",
      compare: { started },
    },
  });
  const groupId = toCompareGroupId(cluster.uid, rule.id, target);
  return { body: JSON.stringify(message), groupId, deduplicationId: id };
}
