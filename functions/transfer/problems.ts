import { toChangeId, toRecordName } from "../../events/ids.ts";
import type { RecordSpec, RecordStatus, RemediationRecord } from "../../events/remediation.ts";
import type { MirroredChange, MirroredObject } from "../../events/transfer.ts";
import type { RecordPage } from "../../adapters/kubernetes/remediation/record-pages.ts";
import type { ListSelection } from "../../adapters/kubernetes/api/list-pages.ts";
import type { RecordStore } from "../../adapters/kubernetes/remediation/records.ts";
import type { Refusal } from "../../core/mirror/manifest.ts";
import { toEnded } from "../../core/records/record-end.ts";
import { RULE_LABEL } from "../../core/records/select-records.ts";

/** One object of a mirror, as its record names it. */
export type MirroredSubject = {
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly rule: { readonly id: string; readonly digest: string };
  /** The target's name. */
  readonly target: string;
  readonly object: MirroredObject;
  readonly change?: MirroredChange | undefined;
  readonly traceparent: string;
};

/** The outcome for a record: `new` with the record that says something that it did not say before. */
export type ProblemChange =
  | { readonly outcome: "new"; readonly record: RemediationRecord }
  | { readonly outcome: "known" | "ended" };

export type Problems = {
  /** Keeps the failure in a record of the object, rule and target; `known` if it says so already. */
  readonly report: (
    subject: MirroredSubject,
    failure: Refusal,
    signal: AbortSignal,
  ) => Promise<ProblemChange>;
  /** Ends the record of a failure that is over, if there is one. */
  readonly end: (subject: MirroredSubject, signal: AbortSignal) => Promise<ProblemChange>;
};

export type ProblemsDeps = {
  readonly records: Pick<RecordStore, "obtain" | "read" | "saveStatus">;
  readonly pages: (selection: ListSelection, signal: AbortSignal) => AsyncGenerator<RecordPage>;
  /** ms since the epoch. */
  readonly now: () => number;
};

/** The beginning of the key of a mirror's records: each is about one target, whatever the episode. */
const MIRROR_KEY_PREFIX = "mirror/";
/** A failure that another process has reported is noticed with this delay, so that an object in sync costs no request. */
const OPEN_MS = 30_000;
const ATTEMPTS_MAX = 3;
const KNOWN: ProblemChange = { outcome: "known" };

/** Failures that last, one record for each rule, object and target. */
export function createProblems(deps: ProblemsDeps): Problems {
  const open = new Map<string, { readonly names: Set<string>; readonly untilMs: number }>();
  const findOpen = async ({ rule }: MirroredSubject, signal: AbortSignal) => {
    const known = open.get(rule.id);
    if (known !== undefined && deps.now() < known.untilMs) return known.names;
    const names = await listFailed(deps, rule.id, signal);
    open.set(rule.id, { names, untilMs: deps.now() + OPEN_MS });
    return names;
  };
  return {
    async report(subject, failure, signal) {
      const spec = toSpec(subject, deps.now());
      const name = toName(spec);
      open.get(subject.rule.id)?.names.add(name);
      const record = await deps.records.obtain(name, spec, signal);
      return save(deps, record, (status) => toFailed(status, failure, deps.now()), signal);
    },
    async end(subject, signal) {
      const name = toName(toSpec(subject, deps.now()));
      const names = await findOpen(subject, signal);
      if (!names.has(name)) return KNOWN;
      const record = await deps.records.read(name, signal);
      if (record === undefined) return KNOWN;
      const change = await save(deps, record, (status) => toMirrored(status, deps.now()), signal);
      names.delete(name);
      return change.outcome === "known" ? KNOWN : { outcome: "ended" };
    },
  };
}

async function listFailed(
  { pages }: ProblemsDeps,
  rule: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { records } of pages({ labelSelector: `${RULE_LABEL}=${rule}` }, signal)) {
    for (const { metadata, spec, status } of records) {
      if (status?.phase !== "Succeeded" && spec.onceKey.startsWith(MIRROR_KEY_PREFIX)) {
        names.add(metadata.name);
      }
    }
  }
  return names;
}

/** Saves what the decision makes of the newest status; one that says so already is left. */
async function save(
  { records }: ProblemsDeps,
  found: RemediationRecord,
  decide: (status: RecordStatus | undefined) => RecordStatus | undefined,
  signal: AbortSignal,
): Promise<ProblemChange> {
  let record: RemediationRecord | undefined = found;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX && record !== undefined; attempt += 1) {
    const status = decide(record.status);
    if (status === undefined) return KNOWN;
    const saved = await records.saveStatus(record, status, signal);
    if (saved.outcome === "saved") return { outcome: "new", record: saved.record };
    record = await records.read(record.metadata.name, signal);
  }
  // Somebody else reports the same object all the time.
  return KNOWN;
}

function toFailed(
  status: RecordStatus | undefined,
  { code, message }: Refusal,
  nowMs: number,
): RecordStatus | undefined {
  if (status?.phase === "Failed" && status.reason === code) return undefined;
  const now = new Date(nowMs).toISOString();
  const begun = { phase: "Running", startedAt: now } as const;
  return toEnded(begun, { phase: "Failed", reason: code, message }, now);
}

function toMirrored(status: RecordStatus | undefined, nowMs: number): RecordStatus | undefined {
  if (status?.phase === "Succeeded") return undefined;
  const end = {
    phase: "Succeeded",
    reason: "Mirrored",
    message: "the copy is in order again",
  } as const;
  const now = new Date(nowMs).toISOString();
  return toEnded(status ?? { phase: "Running", startedAt: now }, end, now);
}

function toSpec(subject: MirroredSubject, nowMs: number): RecordSpec {
  const { cluster, rule, target, object, change, traceparent } = subject;
  const { group, version, resource, kind, namespaced, namespace, name, uid, resourceVersion } =
    object;
  const identity = { clusterUid: cluster.uid, objectUid: uid, resourceVersion };
  const compared = {
    id: toChangeId({ ...identity, change: "modified" }),
    kind: "modified",
    time: new Date(nowMs).toISOString(),
  } as const;
  return {
    cluster: { name: cluster.name, uid: cluster.uid },
    rule: { id: rule.id, digest: rule.digest },
    onceKey: `${MIRROR_KEY_PREFIX}${target}`,
    mode: "enforce",
    change:
      change === undefined ? compared : { id: change.id, kind: change.kind, time: change.time },
    trigger: { group, version, resource, kind, namespaced, namespace, name, uid, resourceVersion },
    references: [],
    traceparent,
  };
}

function toName({ cluster, rule, trigger, onceKey, mode }: RecordSpec): string {
  return toRecordName({
    clusterUid: cluster.uid,
    ruleId: rule.id,
    objectUid: trigger.uid,
    onceKey,
    mode,
  });
}
