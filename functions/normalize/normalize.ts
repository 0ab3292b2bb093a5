import type { SQSClient } from "@aws-sdk/client-sqs";
import type { ChangeMessage } from "../../events/change.ts";
import { compareDigests } from "../../core/pipeline/compare-digests.ts";
import { decide, findExclusion, type Decision } from "../../core/decide/decide.ts";
import type { Pipeline, Rule } from "../../core/pipeline/pipeline.ts";
import { planOwnWatch } from "../../core/pipeline/records-watch.ts";
import { findBoundRules } from "../../core/pipeline/watches.ts";
import {
  LATER_IN_GROUP,
  OUT_OF_TIME,
  toFailureVerdict,
  toUnreadableVerdict,
  type MessageVerdict,
} from "../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { MessageContext, SqsBatchProcess } from "../../adapters/lambda/sqs-process.ts";
import { NO_SIGNING_KEYS, type SigningKeys } from "../../adapters/signing/signing-keys.ts";
import { createVerify, type Verify } from "../../adapters/signing/verify.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { readCluster, type ReadClusterDeps } from "./read-cluster.ts";
import { sendDrafts, type Asked, type Draft } from "./send-drafts.ts";
import { toEntries } from "./to-entries.ts";
import { toBrokenWaits } from "./to-broken-waits.ts";
import { toWakeups } from "./to-wakeups.ts";

export type NormalizeDeps = ReadClusterDeps & {
  readonly queues: SQSClient;
  readonly remediationsQueueUrl: string;
  readonly alertsQueueUrl: string;
  readonly wakeupsQueueUrl: string;
  /** Verify changes, and sign requests and alerts; absent: nothing is signed. */
  readonly signingKeys?: SigningKeys | undefined;
  /** RFC 3339 ms. */
  readonly now: () => string;
};

/** One verdict per message, in their order. Never throws. */
export type Normalize = SqsBatchProcess;

/** Reserved for sending what has been decided; a quarter of short times. */
const SEND_RESERVE_MS = 5_000;
/** No function runs longer: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const LONGEST_MS = 900_000;

/**
 * Turns a batch of changes into requests and alerts, which are sent together. Repeatable: the same message gives the same ids, so
 * a second delivery asks for the same records. A message that is malformed, or about another cluster, is poison. For a newer
 * contract, or if the API server or a queue is not available, the message is retried, and so are the later ones of its group, for
 * which nothing is sent.
 */
export function createNormalize(deps: NormalizeDeps): Normalize {
  const reported = new Set<string>();
  const verify = createVerify(deps.signingKeys ?? NO_SIGNING_KEYS, "changes");
  return async (records, context) => {
    const leftMs = Math.min(Math.max(0, context.deadlineMs - Date.now()), LONGEST_MS);
    const decideMs = leftMs - Math.min(SEND_RESERVE_MS, leftMs / 4);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(Math.floor(decideMs))]);
    const drafts: Draft[] = [];
    const blocked = new Set<string>();
    for (const record of records) {
      const group = toGroup(record);
      const draft = blocked.has(group)
        ? { verdict: LATER_IN_GROUP }
        : await decideMessage({ ...deps, verify }, record, { ...context, signal }, reported);
      if (draft.verdict?.outcome === "retry") blocked.add(group);
      drafts.push({ wakeups: [], requests: [], alerts: [], ...draft, group });
    }
    return sendDrafts(deps, drafts, context.signal);
  };
}

/** A message without a group is a group of its own. */
function toGroup(record: SqsRecord): string {
  return record.attributes.MessageGroupId ?? record.messageId;
}

/** What a message asks for, or its verdict if that is already known. */
type Decided = Partial<Asked> & { readonly verdict?: MessageVerdict };

type DecideDeps = NormalizeDeps & { readonly verify: Verify };

async function decideMessage(
  deps: DecideDeps,
  record: SqsRecord,
  context: MessageContext,
  reported: Set<string>,
): Promise<Decided> {
  const parsed = parseChangeBody(record.body);
  if (parsed.outcome === "refused") return { verdict: toUnreadableVerdict(parsed) };
  const message = parsed.value;
  const { pipeline } = deps;
  const wakeups = wake(deps, message, context);
  const rules = findBoundRules(pipeline, message.data.watch);
  reportDifference(pipeline, rules, message, context, reported);
  const isOwn = message.data.watch === planOwnWatch(pipeline)?.key;
  if (rules.length === 0 && !isOwn) context.telemetry.count("Unbound");
  if (rules.every((rule) => findExclusion(rule, message) !== undefined)) {
    return { wakeups: [...wakeups, ...endWaits(deps, rules, message, context)] };
  }
  try {
    const verdict = await deps.verify(record);
    if (verdict === "unsigned") context.telemetry.count("UnsignedChange");
    const isSigned = verdict === "signed";
    const decided = await decideBound(deps, rules, { message, isSigned }, context);
    return { ...decided, wakeups: [...wakeups, ...(decided.wakeups ?? [])] };
  } catch (error) {
    return { verdict: context.signal.aborted ? OUT_OF_TIME : toFailureVerdict(error) };
  }
}

/** Wakes the records that wait for this change. Nothing is read from the cluster: a record knows itself whether it continues. */
function wake(
  { pipeline, now }: NormalizeDeps,
  message: ChangeMessage,
  { telemetry }: MessageContext,
): readonly SqsEntry[] {
  const wakeups = toWakeups(message, pipeline, now());
  if (wakeups.length > 0) telemetry.count("Woken", wakeups.length);
  return wakeups.map((wakeup) => ({ body: JSON.stringify(wakeup) }));
}

/** Wakes the records whose wait this state ends. */
function endWaits(
  { now }: NormalizeDeps,
  unmatched: readonly Rule[],
  message: ChangeMessage,
  { telemetry }: MessageContext,
): readonly SqsEntry[] {
  const wakeups = toBrokenWaits(unmatched, message, now());
  if (wakeups.length > 0) telemetry.count("Woken", wakeups.length);
  return wakeups.map((wakeup) => ({ body: JSON.stringify(wakeup) }));
}

async function decideBound(
  deps: NormalizeDeps,
  rules: readonly Rule[],
  received: { readonly message: ChangeMessage; readonly isSigned: boolean },
  context: MessageContext,
): Promise<Decided> {
  const { telemetry, signal } = context;
  const read = await readCluster(deps, rules, received.message, signal);
  if (read.outcome !== "read") return { verdict: read };
  const { message, references } = read;
  const decisions = decide({ rules, message, references });
  for (const { rule, outcome, reason, recordName } of decisions) {
    const line = { change: message.id, subject: message.subject, rule: rule.id, reason };
    if (outcome === "notMatched") telemetry.logger.debug(outcome, line);
    else telemetry.logger.info(outcome, { ...line, recordName, traceparent: message.traceparent });
    telemetry.count(COUNTERS[outcome]);
  }
  const unmatched = decisions.filter(({ outcome }) => UNMATCHED.has(outcome));
  const wakeups = endWaits(
    deps,
    unmatched.map(({ rule }) => rule),
    message,
    context,
  );
  const { isSigned } = received;
  const pipelineDigest = deps.pipeline.digest;
  const entries = toEntries(decisions, {
    message,
    references,
    isSigned,
    pipelineDigest,
    now: deps.now(),
  });
  return { ...entries, wakeups };
}

const UNMATCHED: ReadonlySet<Decision["outcome"]> = new Set(["notMatched", "unknown"]);

const COUNTERS = {
  matched: "Matched",
  notMatched: "NotMatched",
  unknown: "Unknown",
  error: "RuleError",
} as const;

/** Relay and function are upgraded one after the other: their rules may differ meanwhile, and that is logged once per watch. */
function reportDifference(
  pipeline: Pipeline,
  bound: readonly Rule[],
  message: ChangeMessage,
  { telemetry }: MessageContext,
  reported: Set<string>,
): void {
  const { rules, pipeline: whole } = compareDigests(pipeline, bound, message);
  if (!whole && rules.length === 0) return;
  telemetry.count("PipelineDiffers");
  const key = `${message.data.pipeline}/${message.data.watch}`;
  if (reported.has(key) || reported.size >= 1000) return;
  reported.add(key);
  const { watch, pipeline: relay } = message.data;
  telemetry.logger.warn("relay and function have different pipelines", {
    watch,
    relay,
    function: pipeline.digest,
    rules,
  });
}
