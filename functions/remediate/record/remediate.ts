import type { RemediationRequest } from "../../../events/request.ts";
import type { RemediationRecord } from "../../../events/remediation.ts";
import { ANY_UID, type WakeupMessage } from "../../../events/wakeup.ts";
import { findForeignCluster } from "../../../adapters/kubernetes/api/cluster-uid.ts";
import type { Executor } from "../../../adapters/kubernetes/remediation/executor.ts";
import { isKubemendError } from "../../../core/errors.ts";
import { checkRequest } from "../../../core/decide/check-request.ts";
import { toOwnCluster } from "../../../core/decide/own-cluster.ts";
import type { Rule } from "../../../core/pipeline/pipeline.ts";
import { toReopenedMode } from "../../../core/records/mode.ts";
import { findNextQuestion } from "../../../core/records/decision.ts";
import { isReopenable, toReopened } from "../../../core/decide/reopen.ts";
import { sendAlertsOnly } from "../plan/send-alerts-only.ts";
import { admit, type Admission, type WantedRecord } from "./admit.ts";
import { advance } from "./advance.ts";
import { findHeldMatch } from "./take-target.ts";
import {
  openExecutor,
  toTime,
  type RemediateDeps,
  type RemediationResult,
  type Run,
} from "./run.ts";

/** A record to advance; or what became of the request without one. */
type Opened =
  | {
      readonly outcome: "record";
      readonly record: RemediationRecord;
      /** With what has been read for it already. */
      readonly deps: RemediateDeps;
    }
  | Exclude<RemediationResult, { readonly outcome: "ended" | "over" | "waiting" }>;

/**
 * Begins a request: opens its record. The returned rest advances it as far as possible (`advance.ts`). From here on the record survives
 * this process, so a batch begins all of its requests before the rest of any. Throws if a retry may help, or if the record cannot be
 * created; so does the rest.
 */
export async function beginRequest(
  request: RemediationRequest,
  deps: RemediateDeps,
  run: Run,
): Promise<() => Promise<RemediationResult>> {
  const opened = await openRecord(request, deps, run);
  if (opened.outcome !== "record") return async () => opened;
  return () => advance(opened.record, opened.deps, { ...run, changed: "trigger" });
}

/**
 * The record of a request. The request is a hint: the function's own rule and the live cluster decide (`admit.ts`), before any record is
 * made. Then the record of the live episode is created if it does not exist. A request that they do not confirm has only the record that
 * it had before, if any.
 */
async function openRecord(
  request: RemediationRequest,
  deps: RemediateDeps,
  run: Run,
): Promise<Opened> {
  const { data } = request;
  const misdirected = await findMisdirection(data.cluster, deps, run.signal);
  if (misdirected !== undefined) return misdirected;
  const isSigned = run.isSigned === true;
  const checked = checkRequest(data, deps.pipeline, isSigned);
  switch (checked.outcome) {
    case "forged":
      return checked;
    case "superseded":
    case "unknownRule": {
      const record = await deps.records.read(data.record, run.signal);
      const { message } = checked;
      if (record !== undefined) return { outcome: "record", record, deps };
      return { outcome: checked.outcome === "superseded" ? "superseded" : "forged", message };
    }
    case "rule": {
      const own = { ...deps, executor: openExecutor(deps) };
      const trust = { now: toTime(deps), isSigned, isForeign: run.isForeign === true };
      const cluster = toOwnCluster(deps.pipeline, data.cluster);
      const named = { ...request, data: { ...data, cluster } };
      const admission = await admit(named, checked.rule, { ...own, ...trust }, run.signal);
      return openAdmitted(admission, request, { ...own, rule: checked.rule }, run);
    }
  }
}

type AdmissionDeps = RemediateDeps & { readonly executor: Executor; readonly rule: Rule };

/** What is read for the admission is not read again: the executor is that of the plan, too. */
async function openAdmitted(
  admission: Admission,
  { data }: RemediationRequest,
  deps: AdmissionDeps,
  run: Run,
): Promise<Opened> {
  if (admission.outcome === "live" && admission.record.name === data.record) {
    return obtainLive(admission.record, deps, run);
  }
  const own = await deps.records.read(data.record, run.signal);
  if (own !== undefined && (admission.outcome !== "live" || !isReopenable(own))) {
    return { outcome: "record", record: own, deps };
  }
  switch (admission.outcome) {
    case "live":
      return obtainLive(admission.record, deps, run);
    case "superseded":
      return admission;
    case "gone": {
      const { record, problem } = admission;
      const isGap = data.change.kind === "deleted" && data.change.gap === true;
      // Another version of the rule has asked for it: what that has decided cannot be decided again.
      const isOwn = data.rule.digest === deps.rule.digest;
      if (run.isSigned === true && !isGap && isOwn) {
        const made = await deps.records.obtain(record.name, record.spec, run.signal);
        return { outcome: "record", record: made, deps };
      }
      const { message } = problem;
      const isUnverified = run.isForeign === true;
      if (isUnverified && deps.mayAlertUnverified?.() === false) {
        deps.count?.("UnverifiedAlertsDropped");
        return { outcome: "superseded", message };
      }
      const alerting = { ...deps, now: toTime(deps), isUnverified };
      await sendAlertsOnly(record, problem, alerting, run.signal);
      return { outcome: "alertedOnly", message };
    }
  }
}

/** Creates the record, or takes the one that exists. One that ended because its match did not last is reopened, as the match is live. */
async function obtainLive(
  { name, spec }: WantedRecord,
  deps: RemediateDeps,
  run: Run,
): Promise<Opened> {
  const record = await deps.records.obtain(name, spec, run.signal);
  if (record.status === undefined || !isReopenable(record)) {
    return { outcome: "record", record, deps };
  }
  const question = findNextQuestion(record);
  const mode = toReopenedMode(record, spec.mode);
  const reopened = toReopened(record.status, spec.change.time, { question, mode });
  try {
    const saved = await deps.records.saveStatus(record, reopened, run.signal);
    if (saved.outcome === "saved") return { outcome: "record", record: saved.record, deps };
    return { outcome: "lost", record, message: saved.message };
  } catch (error) {
    // The cluster's definition of records is too old to ask again, or in another mode: it stays ended.
    if (isKubemendError(error, "UnknownField")) return { outcome: "record", record, deps };
    throw error;
  }
}

/** Continues a record that waited. A record that is gone, or a different one of its name, is left alone. */
export async function resume(
  { data }: WakeupMessage,
  deps: RemediateDeps,
  run: Run,
): Promise<RemediationResult> {
  const misdirected = await findMisdirection(data.cluster, deps, run.signal);
  if (misdirected !== undefined) return misdirected;
  const { uid } = data.record;
  const found = data.waits === undefined ? undefined : await findHeldMatch(data, deps, run.signal);
  if (data.waits !== undefined && found === undefined) return { outcome: "over" };
  const record = await deps.records.read(found ?? data.record.name, run.signal);
  if (record === undefined || (uid !== ANY_UID && record.metadata.uid !== uid)) {
    return { outcome: "over" };
  }
  return advance(record, deps, data.changed === true ? { ...run, changed: "target" } : run);
}

export async function findMisdirection(
  cluster: { readonly name: string; readonly uid: string },
  { clusterUid }: RemediateDeps,
  signal: AbortSignal,
): Promise<(RemediationResult & { readonly outcome: "misdirected" }) | undefined> {
  const message = await findForeignCluster(cluster, clusterUid, signal);
  return message === undefined ? undefined : { outcome: "misdirected", message };
}
