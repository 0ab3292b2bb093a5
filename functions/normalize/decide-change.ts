import { isTooOld } from "../../events/age.ts";
import type { ChangeMessage } from "../../events/change.ts";
import { readChanged } from "../../core/decide/changed-fields.ts";
import {
  createBudget,
  MAX_MESSAGE_STEPS,
  withBudget,
  type Budget,
} from "../../core/cel/values/meter.ts";
import { decide, findExclusion, type Decision } from "../../core/decide/decide.ts";
import type { Rule } from "../../core/pipeline/pipeline.ts";
import { findMirror } from "../../core/pipeline/mirror-rule.ts";
import { planOwnWatch } from "../../core/pipeline/records-watch.ts";
import { findBoundRules } from "../../core/pipeline/watches.ts";
import { toResourceName } from "../../core/references/resource-name.ts";
import { findForeignCluster } from "../../adapters/kubernetes/api/cluster-uid.ts";
import { findEndless } from "../../adapters/lambda/bound-attempts.ts";
import { toUnreadableVerdict, type MessageVerdict } from "../../adapters/lambda/message-verdict.ts";
import type { SqsRecord } from "../../adapters/lambda/sqs-event.ts";
import type { MessageContext } from "../../adapters/lambda/sqs-process.ts";
import type { Verify } from "../../adapters/signing/verify.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { confirmAlerts, type ConfirmAlertsDeps } from "./confirm-alerts.ts";
import { ofOwnCluster, readCluster } from "./read-cluster.ts";
import { reportDifference } from "./report-difference.ts";
import type { Asked } from "./send-drafts.ts";
import { toBrokenWaits } from "./to-broken-waits.ts";
import { toEntries, type Entries } from "./to-entries.ts";
import type { RequestContext } from "./to-request.ts";
import { toTransfers } from "./to-transfers.ts";
import { toWakeups } from "./to-wakeups.ts";

export type DecideChangeDeps = ConfirmAlertsDeps & {
  readonly verify: Verify;
  /** Which differences between the pipelines of relay and function were logged already. */
  readonly reported: Set<string>;
  /** RFC 3339 ms. */
  readonly now: () => string;
};

/** The messages that a change asks to send, or its verdict if that is already known. */
export type Decided = Partial<Asked> & {
  readonly verdict?: MessageVerdict;
  /** The steps that its evaluations needed, if they were many. */
  readonly steps?: number;
};

/** The decision on a change, or the work that is left: it takes long, and others are not to wait for it. */
export type DecidedOrLater = Decided | { readonly later: () => Promise<Decided> };

/** Most steps of a change that is decided in its turn. Almost all need a hundredth of it. */
export const QUICK_STEPS = 200_000;

type Received = {
  readonly message: ChangeMessage;
  /** Its signature shows that it is the relay's, and is not too old to count. */
  readonly isSigned: boolean;
  /** Signing keys are configured, and nothing shows that the message is the relay's. */
  readonly isForeign: boolean;
};

/**
 * Decides one change by the rules of its watch. The signature is verified before anything is read, because it says how far the rest can
 * be believed. Throws what a retry may help. Evaluates at most QUICK_STEPS: a change that needs more is decided by `later`.
 */
export async function decideChange(
  deps: DecideChangeDeps,
  record: SqsRecord,
  context: MessageContext,
): Promise<DecidedOrLater> {
  const signature = await deps.verify(record);
  if (signature === "unsigned") context.telemetry.count("UnsignedChange");
  const endless = findEndless(record, signature);
  if (endless !== undefined) return { verdict: endless };
  const parsed = parseChangeBody(record.body);
  if (parsed.outcome === "refused") return { verdict: toUnreadableVerdict(parsed) };
  const message = parsed.value;
  const { pipeline } = deps;
  const rules = findBoundRules(pipeline, message.data.watch);
  const misdirected = findMisdirection(rules, message);
  if (misdirected !== undefined) return { verdict: misdirected };
  const own = ofOwnCluster(pipeline, message);
  const isSigned = signature === "signed" && !isTooOld(message.time, Date.parse(deps.now()));
  const mirrored = await mirror(deps, rules, own, isSigned, context);
  if ("outcome" in mirrored) return { verdict: mirrored };
  const { transfers } = mirrored;
  const wakeups = wake(deps, own, context);
  reportDifference(pipeline, rules, message, context, deps.reported);
  const isOwn = message.data.watch === planOwnWatch(pipeline)?.key;
  if (rules.length === 0 && !isOwn) context.telemetry.count("Unbound");
  const acting = rules.filter((rule) => findMirror(rule) === undefined);
  if (acting.every((rule) => findExclusion(rule, message) !== undefined)) {
    countUnknownFields(acting, message, context);
    return { transfers, wakeups: [...wakeups, ...endWaits(deps, acting, own, context)] };
  }
  const isForeign = signature !== "unverifiable" && !isSigned;
  const decided = await decideBound(deps, acting, { message, isSigned, isForeign }, context);
  const withOthers = (one: Decided): Decided => ({
    ...one,
    transfers,
    wakeups: [...wakeups, ...(one.wakeups ?? [])],
  });
  if (!("later" in decided)) return withOthers(decided);
  context.telemetry.count("Expensive");
  return { later: async () => withOthers(await decided.later()) };
}

/** The messages that ask for the copies of the object to be checked. Only its cluster is compared with ours; nothing else is read. */
async function mirror(
  { pipeline, clusterUid, now }: DecideChangeDeps,
  rules: readonly Rule[],
  message: ChangeMessage,
  isSigned: boolean,
  { telemetry, signal }: MessageContext,
): Promise<{ readonly transfers: readonly SqsEntry[] } | MessageVerdict> {
  const context = { message, isSigned, pipelineDigest: pipeline.digest, now: now() };
  const transfers = toTransfers(rules, context);
  if (transfers.length === 0) return { transfers };
  const reason = await findForeignCluster(message.data.cluster, clusterUid, signal);
  if (reason !== undefined) return { outcome: "poison", code: "ForeignCluster", reason };
  telemetry.count("Transfers", transfers.length);
  return { transfers };
}

/** A watch is of one resource: a message about another one would have the function read objects that no rule is about. */
function findMisdirection(
  [rule]: readonly Rule[],
  { data }: ChangeMessage,
): MessageVerdict | undefined {
  const resource = toResourceName(data.resource);
  if (rule === undefined || rule.on.resource === resource) return undefined;
  const reason = `its watch is of ${rule.on.resource}, and it is about ${resource}`;
  return { outcome: "poison", code: "MalformedMessage", reason };
}

/** Wakes the records that wait for this change. Nothing is read from the cluster: a record knows itself whether it continues. */
function wake(
  { pipeline, now }: DecideChangeDeps,
  message: ChangeMessage,
  { telemetry }: MessageContext,
): readonly SqsEntry[] {
  const wakeups = toWakeups(message, pipeline, now());
  if (wakeups.length > 0) telemetry.count("Woken", wakeups.length);
  return wakeups.map((wakeup) => ({ body: JSON.stringify(wakeup) }));
}

/** Wakes the records whose wait this state ends. */
function endWaits(
  { now }: DecideChangeDeps,
  unmatched: readonly Rule[],
  message: ChangeMessage,
  { telemetry }: MessageContext,
): readonly SqsEntry[] {
  const wakeups = toBrokenWaits(unmatched, message, now());
  if (wakeups.length > 0) telemetry.count("Woken", wakeups.length);
  return wakeups.map((wakeup) => ({ body: JSON.stringify(wakeup) }));
}

async function decideBound(
  deps: DecideChangeDeps,
  rules: readonly Rule[],
  received: Received,
  context: MessageContext,
): Promise<DecidedOrLater> {
  const read = await readCluster(deps, rules, received.message, context.signal);
  if (read.outcome !== "read") return { verdict: read };
  const { message, references } = read;
  const { isSigned } = received;
  const { digest: pipelineDigest } = deps.pipeline;
  const request = { message, references, isSigned, pipelineDigest, now: deps.now() };
  const quick = createBudget(QUICK_STEPS);
  const work = evaluate(rules, request, quick);
  if (!quick.isSpent()) return finish(deps, work, received, context);
  return {
    async later() {
      const whole = createBudget(MAX_MESSAGE_STEPS);
      const decided = await finish(deps, evaluate(rules, request, whole), received, context);
      return { ...decided, steps: MAX_MESSAGE_STEPS - whole.left() };
    },
  };
}

type Evaluated = {
  readonly decisions: readonly Decision[];
  readonly entries: Entries;
  readonly request: RequestContext;
};

/** All evaluations of a message, within one budget. Nothing else happens here, so they may be repeated with another one. */
function evaluate(rules: readonly Rule[], request: RequestContext, budget: Budget): Evaluated {
  const decisions = decide({ rules, ...request, budget });
  const entries = withBudget(budget, () => toEntries(decisions, request));
  return { decisions, entries, request };
}

/** Logs and counts the decisions, and confirms the alerts of a change that anybody may have sent. */
async function finish(
  deps: DecideChangeDeps,
  { decisions, entries, request }: Evaluated,
  { isForeign }: Received,
  context: MessageContext,
): Promise<Decided> {
  const { telemetry, signal } = context;
  const { message } = request;
  for (const { rule, outcome, reason, recordName, isLeftAlone } of decisions) {
    const line = { change: message.id, subject: message.subject, rule: rule.id, reason };
    if (outcome === "notMatched") telemetry.logger.debug(outcome, line);
    else telemetry.logger.info(outcome, { ...line, recordName, traceparent: message.traceparent });
    telemetry.count(COUNTERS[outcome]);
    if (isLeftAlone === true) telemetry.count("LeftAlone");
  }
  countUnknownFields(
    decisions.map(({ rule }) => rule),
    message,
    context,
  );
  const unmatched = decisions.filter(({ outcome }) => UNMATCHED.has(outcome));
  const wakeups = endWaits(
    deps,
    unmatched.map(({ rule }) => rule),
    message,
    context,
  );
  if (!isForeign) return { ...entries, wakeups };
  const { alerts, dropped } = await confirmAlerts(deps, decisions, request, signal);
  if (dropped > 0) telemetry.count("UnverifiedAlertsDropped", dropped);
  return { ...entries, alerts, wakeups };
}

/** Rules that could not know whether their fields changed: they acted or skipped as they say, and somebody may want to know. */
function countUnknownFields(
  rules: readonly Rule[],
  message: ChangeMessage,
  { telemetry }: MessageContext,
): void {
  const isUnknown = (rule: Rule): boolean =>
    rule.on.changes.includes(message.data.change) &&
    message.data.initial === undefined &&
    readChanged(rule, message) === "unknown";
  const unknown = rules.filter(isUnknown).length;
  if (unknown > 0) telemetry.count("ChangedUnknown", unknown);
}

const UNMATCHED: ReadonlySet<Decision["outcome"]> = new Set(["notMatched", "unknown"]);

const COUNTERS = {
  matched: "Matched",
  notMatched: "NotMatched",
  unknown: "Unknown",
  error: "RuleError",
} as const;
