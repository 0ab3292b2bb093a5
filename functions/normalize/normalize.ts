import type { SQSClient } from "@aws-sdk/client-sqs";
import type { ChangeMessage } from "../../events/change.ts";
import { describeError, isKubemendError } from "../../core/errors.ts";
import { compareDigests } from "../../core/pipeline/compare-digests.ts";
import { decide, findExclusion, findMissingBody } from "../../core/decide/decide.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { createRedact } from "../../core/redaction/redactor.ts";
import { planOwnWatch } from "../../core/pipeline/records-watch.ts";
import { findBoundRules } from "../../core/pipeline/watches.ts";
import type { KubernetesClient } from "../../adapters/kubernetes/http/client.ts";
import { findForeignCluster, type ClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import type { Discovery } from "../../adapters/kubernetes/api/discovery.ts";
import { getObject } from "../../adapters/kubernetes/api/objects.ts";
import {
  LATER_IN_GROUP,
  OUT_OF_TIME,
  toFailureVerdict,
  type RecordVerdict,
} from "../../adapters/lambda/record-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { RecordContext, SqsBatchProcess } from "../../adapters/lambda/sqs-handler.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { readReferences } from "./read-references.ts";
import { sendDrafts, type Asked, type Draft } from "./send-drafts.ts";
import { toEntries } from "./to-entries.ts";
import { toWakeups } from "./to-wakeups.ts";

export type NormalizeDeps = {
  readonly pipeline: Pipeline;
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly clusterUid: ClusterUid;
  readonly queues: SQSClient;
  readonly remediationsQueueUrl: string;
  readonly alertsQueueUrl: string;
  readonly wakeupsQueueUrl: string;
  /** RFC 3339 ms. */
  readonly now: () => string;
};

/** One verdict a message, in their order. Never throws. */
export type Normalize = SqsBatchProcess;

/** Kept back for sending what has been decided; of short times a quarter. */
const SEND_RESERVE_MS = 5_000;
/** No function runs longer: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const LONGEST_MS = 900_000;

/**
 * A batch of changes to their requests and alerts, which go out together. Repeatable: the same message gives the same ids, so a
 * second delivery asks for the same records. What is not ours or another cluster's is poison; a newer contract, an API server
 * or a queue that is away let the message come again, and the later ones of its group with it, for which nothing is sent.
 */
export function createNormalize(deps: NormalizeDeps): Normalize {
  const seen = new Set<string>();
  return async (records, context) => {
    const leftMs = Math.min(Math.max(0, context.deadlineMs - Date.now()), LONGEST_MS);
    const decideMs = leftMs - Math.min(SEND_RESERVE_MS, leftMs / 4);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(Math.floor(decideMs))]);
    const drafts: Draft[] = [];
    const held = new Set<string>();
    for (const record of records) {
      const group = toGroup(record);
      const draft = held.has(group)
        ? { verdict: LATER_IN_GROUP }
        : await decideRecord(deps, record, { ...context, signal }, seen);
      if (draft.verdict?.outcome === "retry") held.add(group);
      drafts.push({ wakeups: [], requests: [], alerts: [], ...draft, group });
    }
    return sendDrafts(deps, drafts, context.signal);
  };
}

/** A message that is not in a group is one of its own. */
function toGroup(record: SqsRecord): string {
  return record.attributes.MessageGroupId ?? record.messageId;
}

/** What a message asks for, or its verdict where that is clear already. */
type Decided = Partial<Asked> & { readonly verdict?: RecordVerdict };

async function decideRecord(
  deps: NormalizeDeps,
  record: SqsRecord,
  context: RecordContext,
  seen: Set<string>,
): Promise<Decided> {
  const parsed = parseChangeBody(record.body);
  if (parsed.outcome === "refused") {
    const { reason } = parsed;
    return parsed.code === "newer"
      ? { verdict: { outcome: "retry", code: "NewerContract", reason } }
      : { verdict: { outcome: "poison", code: "MalformedMessage", reason } };
  }
  const message = parsed.value;
  const wakeups = wake(deps, message, context);
  reportDifference(deps.pipeline, message, context, seen);
  const rules = findBoundRules(deps.pipeline, message.data.watch);
  const isOwn = message.data.watch === planOwnWatch(deps.pipeline)?.key;
  if (rules.length === 0 && !isOwn) context.telemetry.count("Unbound");
  if (rules.every((rule) => findExclusion(rule, message) !== undefined)) return { wakeups };
  try {
    return { wakeups, ...(await decideBound(deps, message, context)) };
  } catch (error) {
    return { verdict: context.signal.aborted ? OUT_OF_TIME : toFailureVerdict(error) };
  }
}

/** Lets records go on that wait for this change. Nothing is asked of the cluster: whether they do, the record knows. */
function wake(
  { pipeline, now }: NormalizeDeps,
  message: ChangeMessage,
  { telemetry }: RecordContext,
): readonly SqsEntry[] {
  const wakeups = toWakeups(message, pipeline, now());
  if (wakeups.length > 0) telemetry.count("Woken", wakeups.length);
  return wakeups.map((wakeup) => ({ body: JSON.stringify(wakeup) }));
}

async function decideBound(
  deps: NormalizeDeps,
  received: ChangeMessage,
  context: RecordContext,
): Promise<Decided> {
  const { telemetry, signal } = context;
  const read = await readCluster(deps, received, signal);
  if (read.outcome !== "read") return { verdict: read };
  const { message, references } = read;
  const decisions = decide({ pipeline: deps.pipeline, message, references });
  for (const { rule, outcome, reason, recordName } of decisions) {
    const line = { change: message.id, subject: message.subject, rule: rule.id, reason };
    if (outcome === "notMatched") telemetry.logger.debug(outcome, line);
    else telemetry.logger.info(outcome, { ...line, recordName, traceparent: message.traceparent });
    telemetry.count(COUNTERS[outcome]);
  }
  const pipelineDigest = deps.pipeline.digest;
  return toEntries(decisions, { message, references, pipelineDigest, now: deps.now() });
}

const COUNTERS = {
  matched: "Matched",
  notMatched: "NotMatched",
  unknown: "Unknown",
  error: "RuleError",
} as const;

type ClusterRead =
  | {
      readonly outcome: "read";
      readonly message: ChangeMessage;
      readonly references: Awaited<ReturnType<typeof readReferences>>;
    }
  | Exclude<RecordVerdict, { readonly outcome: "done" }>;

/**
 * All that is asked of the cluster. Whatever it answers is no fault of the message, so none of it is poison: rights are
 * granted and servers come back while the message waits.
 */
async function readCluster(
  deps: NormalizeDeps,
  message: ChangeMessage,
  signal: AbortSignal,
): Promise<ClusterRead> {
  const { cluster } = message.data;
  try {
    const reason = await findForeignCluster(cluster, deps.clusterUid, signal);
    if (reason !== undefined) return { outcome: "poison", code: "ForeignCluster", reason };
    const whole = withoutRedacted(
      deps,
      isPartial(deps.pipeline, message) ? await complete(deps, message, signal) : message,
    );
    const references = await readReferences(whole.data.object, deps.discovery, signal);
    return { outcome: "read", message: whole, references };
  } catch (error) {
    signal.throwIfAborted();
    const code = isKubemendError(error) ? error.code : "Internal";
    return { outcome: "retry", code, reason: describeError(error) };
  }
}

/** A relay of an older pipeline may have sent what this one redacts, and what was read from the cluster is whole. */
function withoutRedacted({ pipeline }: NormalizeDeps, message: ChangeMessage): ChangeMessage {
  const { data } = message;
  const { object, redacted } = createRedact(pipeline)(data.object, data.resource);
  const paths = [...new Set([...(data.redacted ?? []), ...redacted])];
  return {
    ...message,
    data: { ...data, ...(paths.length > 0 ? { redacted: paths } : {}), object },
  };
}

/** It was too large for the queue; or the relay's pipeline, another one than ours, needs less of it than our rules do. */
function isPartial(pipeline: Pipeline, message: ChangeMessage): boolean {
  if (message.data.truncated === true) return true;
  const rules = findBoundRules(pipeline, message.data.watch);
  return rules.some((rule) => findMissingBody(rule, message) !== undefined);
}

/** A partial object is read from the cluster. Where it is gone, its metadata stays: its deletion follows in a message of its own. */
async function complete(
  deps: NormalizeDeps,
  message: ChangeMessage,
  signal: AbortSignal,
): Promise<ChangeMessage> {
  const { data } = message;
  if (data.change === "deleted") return message;
  const { name, namespace, uid } = data.object.metadata;
  const target = { ...data.resource, namespace: namespace ?? null, name };
  const live = await getObject(deps.client, target, signal);
  if (live === null || live.metadata.uid !== uid) return message;
  const { payload: _payload, ...whole } = data;
  return { ...message, data: { ...whole, object: live } };
}

/** Relay and function are upgraded one after the other: meanwhile their rules may differ, and that is seen. */
function reportDifference(
  pipeline: Pipeline,
  message: ChangeMessage,
  { telemetry }: RecordContext,
  seen: Set<string>,
): void {
  const { rules, pipeline: whole } = compareDigests(pipeline, message);
  if (!whole && rules.length === 0) return;
  telemetry.count("PipelineDiffers");
  const key = `${message.data.pipeline}/${message.data.watch}`;
  if (seen.has(key) || seen.size >= 1000) return;
  seen.add(key);
  const { watch, pipeline: relay } = message.data;
  telemetry.logger.warn("relay and function have different pipelines", {
    watch,
    relay,
    function: pipeline.digest,
    rules,
  });
}
