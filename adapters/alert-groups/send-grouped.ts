import type { AlertGroup, AlertGroupStatus, OutboxMessage } from "../../events/alert-group.ts";
import type { AlertMessage } from "../../events/alert.ts";
import type { Silence } from "../../events/silence.ts";
import { toCanonicalJson } from "../../core/json/canonical-json.ts";
import { describeError, type KubemendError } from "../../core/errors.ts";
import { toGroup, type Grouped } from "../../core/alerts/groups/group-of.ts";
import { findOwn, findRetried, findUnsent, withoutSent } from "../../core/alerts/groups/outbox.ts";
import { findSilence } from "../../core/alerts/groups/silences.ts";
import { withoutGrouping } from "../../core/alerts/groups/stored-alert.ts";
import { takeAlerts } from "../../core/alerts/groups/take-alerts.ts";
import { sendBatch, type SendBatchDeps, type SqsEntryOutcome } from "../sqs/send-batch.ts";
import { createBoundValues } from "./bound-values.ts";
import type { Changed, ChangeGroup } from "./change-group.ts";
import type { ReadSilences } from "./read-silences.ts";
import type { SendContext } from "./send-context.ts";
import type { WakeGroup } from "./wake-group.ts";

/** `sent`: the queue has it. `counted`: its group has it, and the messages that follow from it are sent. */
export type SentAlert =
  | { readonly outcome: "sent" }
  | { readonly outcome: "counted"; readonly group: string }
  | { readonly outcome: "refused"; readonly error: KubemendError };

/** One outcome per alert, in their order. Never throws. */
export type SendAlerts = (
  alerts: readonly AlertMessage[],
  context: SendContext,
) => Promise<readonly SentAlert[]>;

export type SendGroupedDeps = {
  readonly change: ChangeGroup;
  readonly readSilences: ReadSilences;
  /** Of the queue of alerts. */
  readonly queue: SendBatchDeps;
  readonly wake: WakeGroup;
  /** RFC 3339 ms. */
  readonly now: () => string;
};

/** An alert does not wait longer for its group. */
const GROUP_MS = 5_000;

/**
 * Sends alerts through their groups: the messages of a group are saved in its outbox, sent, and removed from there. If this process
 * dies in between, the next process that sends the alert again, or checks the group, sends them under the same ids: at least once. If the state of a
 * group cannot be read or written, its alerts are sent as they are, so that no alert is lost because of the state.
 */
export function createSendGrouped(deps: SendGroupedDeps): SendAlerts {
  const boundValues = createBoundValues(deps.now);
  return async (written, context) => {
    const { signal } = context;
    const alerts = written.map(boundValues);
    const silences = alerts.some((alert) => alert.data.grouping === "off")
      ? await deps.readSilences(signal)
      : [];
    const parts = new Map<string, Part>();
    for (const [index, alert] of alerts.entries()) {
      const isSilenced = findSilence(alert, silences ?? [], deps.now()) !== undefined;
      const grouped = toGroup(alert, isSilenced);
      const name = grouped?.name ?? "";
      const part = parts.get(name) ?? { grouped, alerts: [] };
      part.alerts.push({ index, alert });
      parts.set(name, part);
    }
    const outcomes: SentAlert[] = [];
    const send = async (part: Part): Promise<void> => {
      const sent = await sendPart(deps, part, context);
      for (const [at, { index }] of part.alerts.entries()) {
        const outcome = sent[at];
        if (outcome !== undefined) outcomes[index] = outcome;
      }
    };
    await Promise.all([...parts.values()].map(send));
    return outcomes;
  };
}

/** The alerts of one group, or those that have none. */
type Part = {
  readonly grouped: Grouped | undefined;
  readonly alerts: { readonly index: number; readonly alert: AlertMessage }[];
};

async function sendPart(
  deps: SendGroupedDeps,
  { grouped, alerts: placed }: Part,
  context: SendContext,
): Promise<readonly SentAlert[]> {
  const alerts = placed.map(({ alert }) => alert);
  const { signal, telemetry } = context;
  if (grouped === undefined) return sendAlone(deps, alerts, signal);
  let taken: Taken;
  try {
    taken = await takeInto(deps, grouped, alerts, { telemetry, signal: limit(signal) });
  } catch (error) {
    telemetry.count("AlertsUngrouped", alerts.length);
    const line = { group: grouped.name, detail: describeError(error) };
    telemetry.logger.warn("alerts were sent without their group", line);
    return sendAlone(deps, alerts, signal);
  }
  const { group, own, wakeAt } = taken;
  const [refused] = await Promise.all([
    sendOutbox(deps, grouped, own, context),
    wakeAt === undefined ? undefined : deps.wake(group, wakeAt, context),
  ]);
  return alerts.map(({ data }) => {
    const error = refused.get(data.alertId);
    return error === undefined
      ? { outcome: "counted", group: grouped.name }
      : { outcome: "refused", error };
  });
}

function limit(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(GROUP_MS)]);
}

type Taken = {
  readonly group: AlertGroup;
  /** The messages that this process must send. */
  readonly own: readonly OutboxMessage[];
  /** When the group must be checked, if no wake-up has been sent for it. */
  readonly wakeAt: string | undefined;
};

/** Saves the alerts in their group, and returns the messages that this process must send. */
async function takeInto(
  deps: SendGroupedDeps,
  grouped: Grouped,
  alerts: readonly AlertMessage[],
  context: SendContext,
): Promise<Taken> {
  const now = deps.now();
  const { before, group } = await takeUnsilenced(deps, { grouped, alerts, now }, context);
  if (group === undefined) throw new Error(`the alerts are not in the group ${grouped.name}`);
  const { wakeAt } = group.status;
  const asked = new Set(alerts.map(({ data }) => data.alertId));
  const late = [...findUnsent(group.status, now), ...findRetried(group.status, asked, now)];
  const own = findOwn(before, group.status, late);
  return { group, own, wakeAt: wakeAt === before.wakeAt ? undefined : wakeAt };
}

/**
 * Whether an alert is silenced is asked while the group is written, so that an alert waits for one request only. Nothing is sent before
 * both are answered: if it is silenced, the group is written again, unless another process has written it since.
 */
async function takeUnsilenced(
  { change, readSilences }: SendGroupedDeps,
  { grouped, alerts, now }: Taking,
  { signal, telemetry }: SendContext,
): Promise<Changed> {
  const { name, spec } = grouped;
  const isHeld = spec.class === "held";
  const asked = readSilences(signal);
  const known = await Promise.race([asked, Promise.resolve(undefined)]);
  const take = (status: AlertGroupStatus, silences: readonly Silence[] | undefined) =>
    takeAlerts(status, alerts, { name, now, silences, isHeld });
  const taking = change(grouped, (status) => take(status, known), signal);
  const [taken, silences] = await Promise.all([taking, asked]);
  if (silences === undefined) telemetry.count("SilencesUnread");
  const isCovered = (alert: AlertMessage): boolean =>
    findSilence(alert, silences ?? [], now) !== undefined;
  if (known !== undefined || !alerts.some(isCovered)) return taken;
  const written = toCanonicalJson(taken.group?.status);
  const { group } = await change(
    grouped,
    (status) => (toCanonicalJson(status) === written ? take(taken.before, silences) : status),
    signal,
  );
  return { before: taken.before, group };
}

type Taking = {
  readonly grouped: Grouped;
  readonly alerts: readonly AlertMessage[];
  readonly now: string;
};

/**
 * Sends messages of a group's outbox, and removes those that the queue has accepted. Returns the errors of the others, by their ids: they
 * stay in the outbox.
 */
export async function sendOutbox(
  deps: Pick<SendGroupedDeps, "change" | "queue">,
  grouped: Grouped,
  messages: readonly OutboxMessage[],
  { signal, telemetry }: SendContext,
): Promise<ReadonlyMap<string, KubemendError>> {
  const refused = new Map<string, KubemendError>();
  if (messages.length === 0) return refused;
  const outcomes = await sendBatch(deps.queue, messages, signal);
  const sent = new Set<string>();
  for (const [index, { id }] of messages.entries()) {
    const outcome = outcomes[index];
    if (outcome?.outcome === "refused") refused.set(id, outcome.error);
    else sent.add(id);
  }
  try {
    await deps.change(grouped, (status) => withoutSent(status, sent), limit(signal));
  } catch (error) {
    telemetry.count("AlertsUncertain", sent.size);
    const line = { group: grouped.name, detail: describeError(error) };
    telemetry.logger.warn("alerts were sent, and their group does not know it", line);
  }
  return refused;
}

async function sendAlone(
  { queue }: SendGroupedDeps,
  alerts: readonly AlertMessage[],
  signal: AbortSignal,
): Promise<readonly SentAlert[]> {
  const outcomes = await sendBatch(queue, alerts.map(toEntry), signal);
  return outcomes.map(toSentAlert);
}

export function toEntry(alert: AlertMessage): { readonly body: string } {
  return { body: JSON.stringify(withoutGrouping(alert)) };
}

function toSentAlert(outcome: SqsEntryOutcome): SentAlert {
  return outcome.outcome === "accepted" ? { outcome: "sent" } : outcome;
}
