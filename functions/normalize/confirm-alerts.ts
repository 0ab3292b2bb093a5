import { toChangeId } from "../../events/ids.ts";
import type { MayAlertUnverified } from "../../adapters/lambda/unverified-alerts.ts";
import type { SqsEntry } from "../../adapters/sqs/send-batch.ts";
import { decide, type Decision } from "../../core/decide/decide.ts";
import { findSelectionFault } from "../../core/decide/selection.ts";
import { readLive, type ReadClusterDeps } from "./read-cluster.ts";
import { toEntries } from "./to-entries.ts";
import type { RequestContext } from "./to-request.ts";

export type ConfirmAlertsDeps = ReadClusterDeps & {
  readonly mayAlertUnverified: MayAlertUnverified;
  /** The ids of alerts that were sent already because of unsigned changes. */
  readonly alerted: Set<string>;
};

/** More are forgotten; then an alert may be repeated, under the same id. */
const ALERTED_MAX = 10_000;

/**
 * The alerts that an unsigned change causes although signing keys are configured. Functions sign their alerts, so nobody who may only send
 * changes may choose what they say:
 * - If the cluster shows the object, the rules decide on its live state, and each of these alerts is sent once.
 * - What it cannot show (a deletion, an object that is gone or has left, the labels of a namespace) is alerted on as unverified, under
 *   an id of its own, so that it hides no other alert, and a few times a minute only.
 */
export async function confirmAlerts(
  deps: ConfirmAlertsDeps,
  decisions: readonly Decision[],
  context: RequestContext,
  signal: AbortSignal,
): Promise<{ readonly alerts: readonly SqsEntry[]; readonly dropped: number }> {
  if (toEntries(decisions, context).alerts.length === 0) return { alerts: [], dropped: 0 };
  const live = await readShown(deps, context, signal);
  if (live === undefined) return limit(deps, decisions, context);
  const rules = decisions
    .filter(isShown)
    .map(({ rule }) => rule)
    .filter(({ on }) => findSelectionFault(on, live.message.data.object) === undefined);
  const confirmed = decide({ rules, ...live }).filter((decision) => isNew(deps, decision, live));
  const { alerts } = toEntries(confirmed, { ...context, ...live });
  const unshown = decisions.filter((decision) => !isShown(decision));
  const unverified = limit(deps, unshown, context);
  return { ...unverified, alerts: [...alerts, ...unverified.alerts] };
}

/** This function may not read the labels of namespaces. */
function isShown({ rule }: Decision): boolean {
  return rule.on.namespaceSelector === undefined;
}

type Live = Pick<RequestContext, "message" | "references">;

/** The live state as if the relay had just reported it: what else the message says is only its sender's word. */
async function readShown(
  deps: ConfirmAlertsDeps,
  { message, now }: RequestContext,
  signal: AbortSignal,
): Promise<Live | undefined> {
  const { change } = message.data;
  if (change === "deleted" || change === "left") return undefined;
  const live = await readLive(deps, message, signal);
  if (live === undefined) return undefined;
  const { object, cluster } = live.message.data;
  const resourceVersion = String(object.metadata["resourceVersion"]);
  const identity = { clusterUid: cluster.uid, objectUid: object.metadata.uid };
  const id = toChangeId({ ...identity, change, resourceVersion });
  const { gap: _gap, ...data } = live.message.data;
  return { ...live, message: { ...live.message, id, time: now, data } };
}

function isNew(
  { alerted }: ConfirmAlertsDeps,
  { rule, outcome, recordName = `${rule.id}/${outcome}` }: Decision,
  { message }: Live,
): boolean {
  const key = `${message.data.object.metadata.uid}/${recordName}`;
  if (alerted.has(key)) return false;
  if (alerted.size >= ALERTED_MAX) alerted.clear();
  alerted.add(key);
  return true;
}

function limit(
  { mayAlertUnverified }: ConfirmAlertsDeps,
  decisions: readonly Decision[],
  context: RequestContext,
): { readonly alerts: readonly SqsEntry[]; readonly dropped: number } {
  const asked = toEntries(decisions, { ...context, isUnverified: true }).alerts;
  const alerts = asked.filter(() => mayAlertUnverified());
  return { alerts, dropped: asked.length - alerts.length };
}
