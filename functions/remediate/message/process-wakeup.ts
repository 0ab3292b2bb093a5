import { isTooOld } from "../../../events/age.ts";
import { parseWakeupMessage, type WakeupMessage } from "../../../events/wakeup.ts";
import {
  toUnreadableVerdict,
  type MessageVerdict,
} from "../../../adapters/lambda/message-verdict.ts";
import { settle, type ProcessDeps } from "./settle.ts";
import { isEnded } from "../../../core/records/phase.ts";
import { findMisdirection, resume } from "../record/remediate.ts";
import type { RemediationResult, Run } from "../record/run.ts";

/** Clocks differ: what another function says is due now may be later by the clock of this one. */
const CLOCK_TOLERANCE_MS = 1_000;

/**
 * Processes one message of `wakeups`. One that is due continues its record. One that arrives early, because SQS delays by 15 minutes at
 * most, is sent again if it is the wake-up that the record waits for, however little time is left: the record itself would only go on
 * waiting. Any other is acknowledged, so that a forged one is not carried on, unless only the clocks make it early.
 * If the record is gone, or has ended, the message is acknowledged.
 *
 * @param isSigned called only for a message in which notify reports a delivery: everything else in a wake-up is checked against the cluster.
 */
export async function processWakeup(
  body: string,
  deps: ProcessDeps,
  run: Run,
  isSigned: () => Promise<boolean> = async () => false,
): Promise<MessageVerdict> {
  const parsed = parseWakeupMessage(body);
  if (parsed.outcome === "refused") return toUnreadableVerdict(parsed);
  const wakeup = parsed.value;
  if (wakeup.data.thread !== undefined || wakeup.data.late !== undefined) {
    const isOurs = (await isSigned()) && !isTooOld(wakeup.time, deps.now());
    if (!isOurs) return UNSIGNED_REPORT;
    return settle(wakeup.data.record.name, () => takeReport(wakeup, deps, run), deps, run);
  }
  const earlyMs = Date.parse(wakeup.data.due) - deps.now();
  return settle(
    wakeup.data.record.name,
    async () => {
      const { group, guard } = wakeup.data;
      if (group !== undefined) return checkGroup(wakeup, deps, run);
      if (guard !== undefined) return wakeGuarded(guard.rule, wakeup, earlyMs, deps, run);
      if (earlyMs > 0 && (await isAwaited(wakeup, deps, run.signal))) {
        await deps.sendWakeup(wakeup, run.signal);
        return { outcome: "over" };
      }
      return earlyMs > CLOCK_TOLERANCE_MS ? { outcome: "over" } : resume(wakeup, deps, run);
    },
    deps,
    run,
  );
}

/**
 * Anybody who may send to the queue could send the later messages of a group into a thread in which nobody looks for them, or a message of
 * their own to its receiver.
 */
const UNSIGNED_REPORT: MessageVerdict = {
  outcome: "poison",
  code: "Unsigned",
  reason:
    "it reports the delivery of an alert and has no valid signature: it is not from notify, or notify has other signing keys (KUBEMEND_SIGNING_KEYS)",
};

/** Takes what notify reports about a group of alerts of this cluster. */
async function takeReport(
  wakeup: WakeupMessage,
  deps: ProcessDeps,
  run: Run,
): Promise<RemediationResult> {
  const misdirected = await findMisdirection(wakeup.data.cluster, deps, run.signal);
  if (misdirected !== undefined) return misdirected;
  const { thread, late } = wakeup.data;
  if (thread !== undefined) await deps.storeThread?.(wakeup, thread);
  if (late !== undefined) await deps.resolveLate?.(wakeup, late);
  return { outcome: "over" };
}

/** Lets records of a rule start that its guard holds back. One that is early is no wake-up of ours: none is planned that far ahead. */
async function wakeGuarded(
  ruleId: string,
  { data }: WakeupMessage,
  earlyMs: number,
  deps: ProcessDeps,
  run: Run,
): Promise<RemediationResult> {
  const misdirected = await findMisdirection(data.cluster, deps, run.signal);
  if (misdirected !== undefined) return misdirected;
  const rule = deps.pipeline.rules.find(({ id }) => id === ruleId);
  if (rule !== undefined && earlyMs <= CLOCK_TOLERANCE_MS) {
    await deps.guards?.wake(data.due, rule, run.signal);
  }
  return { outcome: "over" };
}

/** Checks a group of alerts of this cluster. */
async function checkGroup(
  wakeup: WakeupMessage,
  deps: ProcessDeps,
  run: Run,
): Promise<RemediationResult> {
  const misdirected = await findMisdirection(wakeup.data.cluster, deps, run.signal);
  if (misdirected !== undefined) return misdirected;
  await deps.checkGroup?.(wakeup);
  return { outcome: "over" };
}

/** Whether the record waits for exactly this time, or is held by a run until then. */
async function isAwaited(
  { data }: WakeupMessage,
  { records }: ProcessDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const record = await records.read(data.record.name, signal);
  if (record?.metadata.uid !== data.record.uid) return false;
  const { phase, wakeAt, holdUntil } = record.status ?? { phase: "Pending" };
  return !isEnded(phase) && (data.due === wakeAt || data.due === holdUntil);
}
