import { isObjectName } from "../../events/address.ts";
import { toMirrorName, type MirrorSpec } from "../../events/mirrors/mirror.ts";
import {
  isMoveMessage,
  parseTransferMessage,
  type MoveMessage,
  type TransferData,
  type TransferMessage,
} from "../../events/transfer.ts";
import type { OpenClusters } from "../../adapters/clusters/open-clusters.ts";
import type { ClusterUid } from "../../adapters/kubernetes/api/cluster-uid.ts";
import type { Discovery } from "../../adapters/kubernetes/api/discovery.ts";
import type { MirrorStore } from "../../adapters/kubernetes/mirror/mirror-store.ts";
import { toUnreadableVerdict, type MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { MessageContext, SqsProcess } from "../../adapters/lambda/sqs-process.ts";
import { findMirrorRules, type MirrorRule } from "../../core/pipeline/mirror-rule.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { formatPlace } from "../../core/mirror/manifest.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import { compare, type CompareDeps } from "./compare/compare.ts";
import { copyObject } from "./copy/copy-object.ts";
import type { CopyOutcome } from "./copy/copy-outcome.ts";
import type { MirrorStates } from "./mirror-states.ts";
import { createProbes, type Probes } from "./probes.ts";
import { conclude, type ConcludeDeps } from "./conclude.ts";
import type { MirroredSubject } from "./problem-record.ts";
import { isOfConnection, TargetFailure } from "./copy/target-failure.ts";
import { askTarget, isUnreachable, openTarget } from "./ask-target.ts";
import type { MirrorWork } from "./copy/transfer-context.ts";

export type TransferDeps = ConcludeDeps & {
  readonly pipeline: Pipeline;
  readonly discovery: Discovery;
  readonly clusterUid: ClusterUid;
  /** The namespace of the records: copies name it, and those that name another one are another installation's. */
  readonly installation: string;
  readonly open: OpenClusters;
  readonly states: MirrorStates;
  readonly mirrors: Pick<MirrorStore, "change">;
  /** Works on a Move of the cluster; absent if the pipeline lets functions carry out none. */
  readonly workOnMove?: (message: MoveMessage, context: MessageContext) => Promise<MessageVerdict>;
  /** Sends messages to its own queue; throws if one of them was not accepted. */
  readonly send: CompareDeps["send"];
  /** ms since the epoch. */
  readonly now: () => number;
};

/** The time for which a copy waits for its owners, from the first sending of its message. After that it does without them. */
const OWNERS_MS = 15 * 60_000;

/** A write that has failed for so long, while others succeed, is a failure in a record: the next comparison tries it again. */
const WRITE_MS = 15 * 60_000;

const WRITTEN: ReadonlySet<CopyOutcome["outcome"]> = new Set<CopyOutcome["outcome"]>([
  "created",
  "updated",
  "deleted",
]);

const DONE: MessageVerdict = { outcome: "done" };
const BUSY: MessageVerdict = {
  outcome: "retry",
  reason: "the target is away, and another message asks whether it is back",
};

/**
 * Makes what a message names equal in its target. A message is a hint: which rule, which object, which target. Everything else is the
 * function's own pipeline and the two clusters as they are, so that order, age and sender of messages do not matter.
 */
export function createTransfer(deps: TransferDeps): SqsProcess {
  const rules = findMirrorRules(deps.pipeline.rules);
  const probes = createProbes();
  return async (record, context) => {
    const parsed = parseTransferMessage(record.body);
    if (parsed.outcome === "refused") return toUnreadableVerdict(parsed);
    const message = parsed.value;
    const { signal, telemetry } = context;
    const uid = await deps.clusterUid(signal);
    if (message.data.cluster.uid !== uid) return toForeign(message.data.cluster, uid);
    if (isMoveMessage(message)) return (await deps.workOnMove?.(message, context)) ?? DONE;
    const found = findRule(rules, message.data);
    if (found === undefined) {
      telemetry.count("MirrorObsolete");
      if (message.data.reason === "compare") await retire(deps, toSpec(deps, message), signal);
      return DONE;
    }
    const mirror = toSpec(deps, message);
    const task = { message, found, rules, mirror, record };
    const { data } = message;
    if (data.reason === "compare") return compareAll(deps, task, data.compare.started, context);
    const gate = await deps.states.ask(mirror, signal);
    if (gate.outcome === "acknowledge") {
      telemetry.count("MirrorSkipped", 1, { target: mirror.target });
      return DONE;
    }
    const isAway = gate.isAway === true;
    return apply({ ...deps, probes }, { ...task, data, isAway }, context);
  };
}

/** Of the function's own cluster. */
function toSpec({ pipeline }: TransferDeps, { data }: TransferMessage): MirrorSpec {
  const { cluster, rule, target } = data;
  const { name } = pipeline.cluster;
  return { cluster: { name, uid: cluster.uid }, rule: rule.id, target: target.name };
}

/** Ends the remains of a mirror that no rule keeps: its records, and then its state, so that one that was interrupted is done again. */
async function retire(
  { problems, states }: TransferDeps,
  mirror: MirrorSpec,
  signal: AbortSignal,
): Promise<void> {
  // The message may contain anything: its writer is not trusted.
  if (!isObjectName(toMirrorName(mirror))) return;
  await problems.endAll(mirror, "no rule mirrors to this target any more", signal);
  await states.noteObsolete(mirror, signal);
}

type Task = {
  readonly message: TransferMessage;
  readonly found: MirrorRule;
  readonly rules: readonly MirrorRule[];
  readonly mirror: MirrorSpec;
  readonly record: SqsRecord;
};

/** A task about one object. */
type ObjectTask = Task & {
  readonly data: Exclude<TransferData, { readonly reason: "compare" }>;
  /** Whether the target was away when it was last asked. */
  readonly isAway: boolean;
};

/** A comparison is asked for even if its rule is paused, so that the mirror's state says so. */
async function compareAll(
  deps: TransferDeps,
  task: Task,
  started: string,
  context: MessageContext,
): Promise<MessageVerdict> {
  const { mirror, message } = task;
  const paused = await deps.states.findPaused(mirror.rule, context.signal);
  if (paused !== undefined) {
    await deps.states.notePaused(mirror, paused, context.signal);
    return DONE;
  }
  const connect = (signal: AbortSignal): Promise<MirrorWork> => toWork(deps, task, signal);
  return compare(deps, { message, started, mirror, connect }, context);
}

async function toWork(
  deps: TransferDeps,
  { found, rules, mirror }: Task,
  signal: AbortSignal,
): Promise<MirrorWork> {
  return {
    ...found,
    rules,
    installation: deps.installation,
    source: { client: deps.client, discovery: deps.discovery, ...mirror.cluster },
    target: await openTarget(deps, mirror.target, signal),
  };
}

async function apply(
  deps: TransferDeps & { readonly probes: Probes },
  task: ObjectTask,
  context: MessageContext,
): Promise<MessageVerdict> {
  const { mirror } = task;
  const { signal, telemetry } = context;
  let { isAway } = task;
  try {
    // As long as it is away one message asks it, and the others do not wait.
    const probe = (): Promise<void> => askTarget(deps, mirror.target, signal);
    if (isAway && (await deps.probes.ask(mirror.target, probe)) === "busy") {
      telemetry.count("MirrorRetried", 1, { target: mirror.target });
      return BUSY;
    }
    isAway = false;
    const outcome = await copy(deps, task, signal);
    if (WRITTEN.has(outcome.outcome)) await deps.states.noteWritten(mirror, signal);
    else await deps.states.noteReached(mirror, signal);
    const { rule } = task.found;
    return await conclude(deps, { rule, subject: toSubject(deps, task), outcome }, context);
  } catch (error) {
    if (!(error instanceof TargetFailure)) throw error;
    signal.throwIfAborted();
    const { code, message: reason, retryAfterMs } = error.cause;
    isAway ||= isOfConnection(error) || (await isUnreachable(deps, mirror.target, signal));
    const isBehind = isAway
      ? await deps.states.noteAway(mirror, reason, signal)
      : error.isWrite && (await noteUnwritable(deps, task, reason, signal));
    if (isBehind) {
      telemetry.count("MirrorSkipped", 1, { target: mirror.target });
      return DONE;
    }
    if (!isAway && error.isWrite && deps.now() >= toSentMs(task) + WRITE_MS) {
      const { rule } = task.found;
      const outcome = { outcome: "failed", isConflict: false, code, message: reason } as const;
      return conclude(deps, { rule, subject: toSubject(deps, task), outcome }, context);
    }
    telemetry.count("MirrorRetried", 1, { target: mirror.target });
    const atLeastSeconds = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000);
    return { outcome: "retry", code, reason, atLeastSeconds };
  }
}

function noteUnwritable(
  { states }: TransferDeps,
  { mirror, data }: ObjectTask,
  reason: string,
  signal: AbortSignal,
): Promise<boolean> {
  const object = formatPlace(data.object);
  return states.noteUnwritable(mirror, { reason, object }, signal);
}

/** The time at which a message was sent (ms since the epoch). */
function toSentMs({ message, record }: Task): number {
  return Number(record.attributes["SentTimestamp"] ?? Date.parse(message.time));
}

async function copy(
  deps: TransferDeps,
  task: ObjectTask,
  signal: AbortSignal,
): Promise<CopyOutcome> {
  const { object, reason, change } = task.data;
  const work = await toWork(deps, task, signal);
  const isNew = reason === "comparison" || change?.kind === "added";
  const { now } = deps;
  return copyObject(
    { ...work, object, isNew, ownersUntilMs: toSentMs(task) + OWNERS_MS, now },
    signal,
  );
}

function toSubject(
  { pipeline }: TransferDeps,
  { message, found, mirror, data }: ObjectTask,
): MirroredSubject {
  const { object, change } = data;
  const { id, digest } = found.rule;
  return {
    cluster: { name: pipeline.cluster.name, uid: mirror.cluster.uid },
    rule: { id, digest },
    target: mirror.target,
    object,
    change,
    traceparent: message.traceparent,
  };
}

/** The rule of a message, if it still mirrors such objects to that target. */
function findRule(
  rules: readonly MirrorRule[],
  { rule, target, object }: TransferData,
): MirrorRule | undefined {
  const found = rules.find((one) => one.rule.id === rule.id);
  if (found === undefined || !found.mirror.to.includes(target.name)) return undefined;
  const isOfRule = object === undefined || toResourceName(object) === found.rule.on.resource;
  return isOfRule ? found : undefined;
}

function toForeign(cluster: TransferData["cluster"], uid: string): MessageVerdict {
  const reason = `the message is about the cluster ${cluster.name} (${cluster.uid}), and this function is for ${uid}: no rule takes changes of that cluster (name it in clusters and on.clusters, and redrive the message, or stop its relay)`;
  return { outcome: "poison", code: "ForeignCluster", reason };
}
