import type { RemediationRecord } from "../../../events/remediation.ts";
import type { GuardStatus, RuleGuard } from "../../../events/rule-guard.ts";
import {
  changeStatus,
  type StatusDecision,
} from "../../../adapters/kubernetes/api/change-status.ts";
import type { CountSelected } from "../../../adapters/kubernetes/guards/count-selected.ts";
import {
  createGuardStore,
  toGuardPath,
  type GuardPair,
} from "../../../adapters/kubernetes/guards/guards.ts";
import type { KubernetesClient } from "../../../adapters/kubernetes/http/client.ts";
import type { RecordStore } from "../../../adapters/kubernetes/remediation/records.ts";
import type { SendWakeup } from "../../../adapters/sqs/send-wakeup.ts";
import { admit, type Admissions, type Answer, type Look } from "../../../core/guards/admit.ts";
import { toIso, type GuardState, type Hold } from "../../../core/guards/hold.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { toCandidate } from "../../../core/records/guards/candidate.ts";
import { toGuardWakeup } from "../../../core/records/messages/wakeup.ts";
import type { EndReader } from "./ends.ts";
import { withSelected } from "./selected.ts";

/** A record that asks; or one that starts nothing, and only counts as a match. */
export type Asked = {
  readonly record: RemediationRecord;
  readonly startsNothing?: boolean | undefined;
};

export type CountDeps = {
  readonly client: KubernetesClient;
  readonly records: Pick<RecordStore, "read">;
  /** Namespace of records and guards. */
  readonly namespace: string;
  readonly sendWakeup: SendWakeup;
  /** Absent: it is not known how many objects a rule selects. */
  readonly countSelected?: CountSelected | undefined;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly ends: EndReader;
  /** When the waiting records of each rule are checked again, as far as this process has read. */
  readonly looks: Map<string, string | undefined>;
  /** How long the last read of a guard took, in ms: the busier the API server and this process are, the longer it waits for others. */
  readonly pace: { readMs: number };
};

/** One that was contended asks again by itself after this time, and at most as much longer, so that they spread out. */
const CONTENDED_MS = 5_000;

/**
 * The number of attempts to write a guard: of 20 functions that write at once most lose the first time, and the pauses of all attempts
 * are less than what a record waits that has to ask again by a message.
 */
const ATTEMPTS_MAX = 7;
/** The longest pause after the first conflict: in the time of 20 reads each of 20 functions may read and write once. */
const FIRST_PAUSE_MAX_MS = 200;
const READS_OF_A_PAUSE = 20;

/**
 * Asks for records of one rule with one read and, if anything is counted, one write of its guard, and plans the next check of the
 * records that wait: its wake-up follows the write. `collect` gives the records; it is called for each attempt, because others may have asked
 * since. `look` is set by a caller that has listed all of them.
 */
export async function countIn(
  collect: () => readonly Asked[],
  rule: Rule,
  deps: CountDeps,
  signal: AbortSignal,
  look?: Look,
): Promise<ReadonlyMap<string, Answer>> {
  const { client, ends, looks, pace, now } = deps;
  let first: RemediationRecord | undefined;
  const store = createGuardStore(deps);
  let all: GuardPair["all"];
  const { outcome, object, answer } = await changeStatus<RuleGuard, GuardStatus, Admissions>(
    {
      client,
      async read(within) {
        const beforeMs = now();
        const pair = await store.obtain(rule.id, within);
        pace.readMs = now() - beforeMs;
        all = pair.all;
        return pair.own;
      },
      toPath: ({ metadata }) => toGuardPath(metadata),
      attempts: ATTEMPTS_MAX,
      firstPauseMaxMs: Math.max(FIRST_PAUSE_MAX_MS, READS_OF_A_PAUSE * pace.readMs),
      async decide(own) {
        const asked = collect();
        first = asked[0]?.record;
        const candidates = asked.map(({ record, startsNothing }) => ({
          ...toCandidate(record),
          startsNothing,
        }));
        const known = await ends.complete(toState({ own, all }, first), rule, signal);
        const state = await withSelected(known, rule, deps.countSelected, signal);
        return toDecision(admit(state, candidates, rule.guards, now(), look));
      },
    },
    signal,
  );
  if (outcome === "contended") {
    looks.set(rule.id, object.status?.wakeAt);
    return toContended(answer, now());
  }
  const { wakeAt, cluster } = answer.status;
  looks.set(rule.id, wakeAt);
  if (outcome === "saved" && answer.isPlanned && wakeAt !== undefined && cluster !== undefined) {
    const traceparent = first?.spec.traceparent;
    const { namespace } = deps;
    const wakeup = { cluster, namespace, rule: rule.id, traceparent, due: wakeAt };
    await deps.sendWakeup(toGuardWakeup({ ...wakeup, now: toIso(now()) }), signal);
  }
  return answer.answers;
}

/** The state of the guards of a rule, about records of one cluster. */
export function toState(
  { own, all }: GuardPair,
  record: Pick<RemediationRecord, "spec"> | undefined,
): GuardState {
  const { status = {}, spec } = own ?? {};
  return {
    ...status,
    cluster: record?.spec.cluster ?? status.cluster,
    entries: status.entries ?? [],
    paused: spec?.paused,
    pausedAll: all?.spec?.paused,
  };
}

function toDecision(admissions: Admissions): StatusDecision<GuardStatus, Admissions> {
  const { status, isChanged } = admissions;
  return isChanged
    ? { outcome: "write", status, answer: admissions }
    : { outcome: "keep", answer: admissions };
}

/** Nothing was written, so no record is admitted, and no check of the records that wait is planned. */
function toContended({ answers }: Admissions, nowMs: number): ReadonlyMap<string, Answer> {
  // Those that asked together ask again together.
  const until = toIso(nowMs + CONTENDED_MS * (1 + Math.random()));
  return new Map(
    [...answers].map(([id, answer]): [string, Answer] => {
      const message = "others were counted at the same time; it asks again";
      const hold: Hold = { code: "GuardContended", message, until };
      return [id, answer.outcome === "refused" ? answer : { outcome: "deferred", hold }];
    }),
  );
}
