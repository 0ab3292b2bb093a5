import type { MirroredObject } from "../../events/transfer.ts";
import type { RemediationRecord } from "../../events/remediation.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import type { Discovery } from "../../adapters/kubernetes/api/discovery.ts";
import { getEvenDeep } from "../../adapters/kubernetes/api/objects.ts";
import type { MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import { isKubemendError } from "../../core/errors.ts";
import { toType } from "../../core/mirror/choose-version.ts";
import type { Catalog } from "../../core/references/catalog.ts";
import { findResource } from "../../core/references/find-resource.ts";
import type { Rule } from "../../core/pipeline/pipeline.ts";
import type { CopyOutcome } from "./copy/copy-outcome.ts";
import type { MirroredSubject } from "./problem-record.ts";
import type { Problems } from "./problems.ts";

export type ConcludeDeps = {
  /** Of the cluster of the sources. */
  readonly client: KubernetesClient;
  readonly discovery: Pick<Discovery, "catalog">;
  readonly problems: Problems;
  /** Sends the alerts of a rule about a record that says something new. */
  readonly alert: (rule: Rule, record: RemediationRecord, context: MessageContext) => Promise<void>;
};

type Conclusion = {
  readonly rule: Rule;
  readonly subject: MirroredSubject;
  readonly outcome: CopyOutcome;
};

const DONE: MessageVerdict = { outcome: "done" };

/** Counts the outcome for one copy, and keeps its failure in a record until the copy is in order. */
export async function conclude(
  deps: ConcludeDeps,
  conclusion: Conclusion,
  context: MessageContext,
): Promise<MessageVerdict> {
  const { subject, outcome } = conclusion;
  const { signal, telemetry } = context;
  const { target } = subject;
  if (outcome.outcome === "retry") {
    telemetry.count("MirrorRetried", 1, { target });
    return { outcome: "retry", code: outcome.code, reason: outcome.reason };
  }
  if (outcome.outcome === "failed") {
    await reportFailure(deps, { ...conclusion, outcome }, context);
    return DONE;
  }
  if (isDrift(outcome)) telemetry.count("Drift", 1, { target });
  if (outcome.outcome !== "nothing") telemetry.count("Mirrored", 1, { target });
  else if (outcome.reason === "untouched") telemetry.count("MirrorUntouched", 1, { target });
  await deps.problems.end(subject, describeEnd(outcome), signal);
  return DONE;
}

type Failed = Conclusion & {
  readonly outcome: Extract<CopyOutcome, { readonly outcome: "failed" }>;
};

/**
 * The record says that alerts are to be sent before they are, and that they were sent afterwards. So a run that was interrupted in between is
 * noticed when the message comes again, and the same alerts are sent once more.
 */
async function reportFailure(
  { client, discovery, problems, alert }: ConcludeDeps,
  { rule, subject, outcome }: Failed,
  context: MessageContext,
): Promise<void> {
  const { signal, telemetry } = context;
  const { target, object } = subject;
  const { code, message, isConflict } = outcome;
  if (isConflict) telemetry.count("MirrorConflict", 1, { target });
  else telemetry.count("MirrorFailed", 1, { target });
  const { namespace, name } = object;
  const line = { rule: rule.id, target, namespace, name, code, reason: message };
  telemetry.logger.warn("not mirrored", line);
  const served = toServed(rule, object, await discovery.catalog(signal));
  const source = await getEvenDeep(client, served, signal);
  const isAlerting = rule.then.some(({ action }) => action === "alert");
  const failure = { code, message, uid: source?.object.metadata.uid, isAlerting };
  const reported = await problems.report({ ...subject, object: served }, failure, signal);
  if (reported.outcome !== "new") return;
  try {
    await alert(rule, reported.record, context);
  } catch (error) {
    // Alerts that can never be sent are not tried again with each comparison.
    if (isKubemendError(error) && !error.retryable)
      await problems.noteAlerted(reported.record, error, signal);
    throw error;
  }
  await problems.noteAlerted(reported.record, undefined, signal);
}

/** The object of a message, whose writer is not trusted, with the type that its cluster serves: the record and its alerts name that. */
function toServed({ on }: Rule, object: MirroredObject, catalog: Catalog): MirroredObject {
  const served = findResource(catalog, on.resource);
  // Nobody knows the kind of a resource that is not served.
  if (served === undefined) return { ...object, kind: object.resource };
  return { ...object, ...toType(served) };
}

type Ended = Exclude<CopyOutcome, { readonly outcome: "failed" | "retry" }>;

function describeEnd(outcome: Ended): string {
  if (outcome.outcome === "deleted") return NO_COPY;
  if (outcome.outcome !== "nothing") return IN_ORDER;
  switch (outcome.reason) {
    case "inSync":
    case "drifted":
      return IN_ORDER;
    case "absent":
      return NO_COPY;
    case "ended":
      return "the object has run to its end, and no copy is made that would run again";
    case "foreign":
      return "the object has no copy any more, and what is at the copy's place is none of it";
    case "kept":
      return "the object is gone or no longer mirrored, and its copy is kept";
    case "untouched":
      return "the object is no longer mirrored, and a copy that it has stays as it is";
    case "skipped":
      return "another object is at the copy's place, and conflict is skip";
  }
}

const IN_ORDER = "the copy is in order again";
const NO_COPY = "the object has no copy any more";

function isDrift(outcome: CopyOutcome): boolean {
  if (outcome.outcome === "updated") return outcome.wasDrift === true;
  return outcome.outcome === "nothing" && outcome.reason === "drifted";
}
