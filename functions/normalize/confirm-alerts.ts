import type { AlertMessage } from "../../events/alert.ts";
import type { ChangeMessage } from "../../events/change.ts";
import { sha256, toChangeId } from "../../events/ids.ts";
import { toResourcePath } from "../../adapters/kubernetes/api/path.ts";
import type { MayAlertUnverified } from "../../adapters/lambda/unverified-alerts.ts";
import { decide, type Decision } from "../../core/decide/decide.ts";
import { findSelectionFault } from "../../core/decide/selection.ts";
import { findSendersWord } from "../../core/decide/sender-word.ts";
import { readLive, type LiveRead, type ReadClusterDeps } from "./read-cluster.ts";
import { toEntries } from "./to-entries.ts";
import type { RequestContext } from "./to-request.ts";

export type ConfirmAlertsDeps = ReadClusterDeps & {
  readonly mayAlertUnverified: MayAlertUnverified;
  /** The ids of alerts that were sent already because of unsigned changes. */
  readonly alerted: Set<string>;
};

/** More are forgotten; then an alert may be repeated, under the same id. */
const ALERTED_MAX = 10_000;

type Alerts = { readonly alerts: readonly AlertMessage[]; readonly dropped: number };

/**
 * The alerts that an unsigned change causes although signing keys are configured. Functions sign their alerts, so nobody who may only send
 * changes may choose what they say. Their ids are not those of the alerts that a signed change causes, which they must not hide, and a
 * process sends a few a minute only:
 * - If the cluster shows the object, the rules decide on its live state, and each of these alerts is sent once. If it does not show that
 *   the object was changed so, or lately, the alert is unverified.
 * - What it cannot show (a deletion, an object that is gone or has left, the labels of a namespace) is alerted on as unverified.
 */
export async function confirmAlerts(
  deps: ConfirmAlertsDeps,
  decisions: readonly Decision[],
  context: RequestContext,
  signal: AbortSignal,
): Promise<Alerts> {
  if (toEntries(decisions, context).alerts.length === 0) return { alerts: [], dropped: 0 };
  const sent = { ...context, message: withOwnHead(context.message) };
  const live = await readShown(deps, sent, signal);
  if (live === undefined) return limit(deps, decisions, { ...sent, trust: "unverified" });
  const rules = decisions
    .filter(isShown)
    .map(({ rule }) => rule)
    .filter(({ on }) => findSelectionFault(on, live.message.data.object) === undefined);
  const confirmed = decide({ rules, ...live }).map((decision) =>
    alertOnce(deps, decision, live, sent),
  );
  const unshown = decisions.filter((decision) => !isShown(decision));
  return join([...confirmed, limit(deps, unshown, { ...sent, trust: "unverified" })]);
}

/** The cluster does not show an earlier state, and this function may not read the labels of namespaces. */
function isShown({ rule }: Decision): boolean {
  return rule.on.namespaceSelector === undefined && rule.on.changed === undefined;
}

/** The message under a subject and in a trace of this function. */
function withOwnHead(message: ChangeMessage): ChangeMessage {
  const { resource, object } = message.data;
  const { name, namespace = null } = object.metadata;
  const subject = toResourcePath({ ...resource, namespace, name });
  const trace = sha256("trace", message.id);
  const traceparent = `00-${trace.slice(0, 32)}-${trace.slice(32, 48)}-01`;
  return { ...message, subject, traceparent };
}

/** The live state as if the relay had just reported it: what else the message says is only its sender's word. */
async function readShown(
  deps: ConfirmAlertsDeps,
  { message, now }: RequestContext,
  signal: AbortSignal,
): Promise<LiveRead | undefined> {
  const { change } = message.data;
  if (change === "deleted" || change === "left") return undefined;
  const { redacted: _redacted, ...said } = message.data;
  const live = await readLive(deps, { ...message, data: said }, signal);
  if (live === undefined) return undefined;
  const { object, cluster } = live.message.data;
  const resourceVersion = String(object.metadata["resourceVersion"]);
  const identity = { clusterUid: cluster.uid, objectUid: object.metadata.uid };
  const id = toChangeId({ ...identity, change, resourceVersion });
  const { gap: _gap, unsent: _unsent, ...data } = live.message.data;
  return {
    ...live,
    message: withOwnHead({ ...live.message, id, time: now, data: { ...data, resourceVersion } }),
  };
}

/** The alerts of a decision on the live object, unless they were sent before. Those that were dropped may be sent later. */
function alertOnce(
  deps: ConfirmAlertsDeps,
  decision: Decision,
  live: LiveRead,
  context: RequestContext,
): Alerts {
  const { alerted } = deps;
  const { rule, outcome, recordName = `${rule.id}/${outcome}` } = decision;
  const { data } = live.message;
  const change = { id: live.message.id, kind: data.change, time: live.message.time };
  const { now } = context;
  const { object } = data;
  const word = findSendersWord(rule, change, { ...live, object }, { now, isForeign: true });
  const trust = word === undefined ? "confirmed" : "unverified";
  const key = `${object.metadata.uid}/${recordName}/${trust}`;
  if (alerted.has(key)) return { alerts: [], dropped: 0 };
  const asked = limit(deps, [decision], { ...context, ...live, trust });
  if (asked.dropped > 0) return asked;
  if (alerted.size >= ALERTED_MAX) alerted.clear();
  alerted.add(key);
  return asked;
}

function limit(
  { mayAlertUnverified }: ConfirmAlertsDeps,
  decisions: readonly Decision[],
  context: RequestContext,
): Alerts {
  const asked = toEntries(decisions, context).alerts;
  const alerts = asked.filter(() => mayAlertUnverified());
  return { alerts, dropped: asked.length - alerts.length };
}

function join(parts: readonly Alerts[]): Alerts {
  return {
    alerts: parts.flatMap(({ alerts }) => alerts),
    dropped: parts.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}
