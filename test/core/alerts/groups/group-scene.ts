import { parseAlertMessage, type AlertData, type AlertMessage } from "../../../../events/alert.ts";
import type { AlertGroupStatus } from "../../../../events/alert-group.ts";
import type { Silence } from "../../../../events/silence.ts";
import { continueGroup, type AlertEnd } from "../../../../core/alerts/groups/continue-group.ts";
import { toAlertHash } from "../../../../core/alerts/groups/group-of.ts";
import { takeAlerts } from "../../../../core/alerts/groups/take-alerts.ts";
import { toAlert } from "../../../support/alert-message.ts";

const START_MS = Date.parse("2026-11-27T09:00:00.000Z");

/** So many seconds after the beginning, RFC 3339 ms. */
export function at(seconds: number): string {
  return new Date(START_MS + seconds * 1_000).toISOString();
}

/** The alert on one object. */
export function alertOn(name: string, data: Partial<AlertData> = {}): AlertMessage {
  const { problem: _problem, record: _record, ...whole } = toAlert().data;
  const trigger = { ...whole.trigger, name, uid: `uid-${name}` };
  return toAlert({
    ...whole,
    problem: undefined,
    record: undefined,
    trigger,
    alertId: `alert-${name}`,
    ...data,
  });
}

export type Sent = AlertMessage["data"];

export type Scene = {
  status: AlertGroupStatus;
  silences: readonly Silence[] | undefined;
  /** Alerts arrive; messages in the outbox count as sent at once. */
  readonly take: (seconds: number, ...alerts: readonly AlertMessage[]) => readonly Sent[];
  readonly look: (seconds: number, ends?: readonly AlertEnd[]) => readonly Sent[];
};

/** A group with a window of 300 s and a reminder each hour. */
export function createScene({ isHeld = false }: { readonly isHeld?: boolean } = {}): Scene {
  const context = (seconds: number) => ({
    name: "backups-0",
    isHeld,
    now: at(seconds),
    silences: scene.silences,
  });
  const send = (next: AlertGroupStatus): readonly Sent[] => {
    const { outbox = [], ...rest } = next;
    scene.status = rest;
    return outbox.map(({ body }) => read(body));
  };
  const scene: Scene = {
    status: { windowSeconds: 300, repeatSeconds: 3_600, open: [] },
    silences: [],
    take: (seconds, ...alerts) => send(takeAlerts(scene.status, alerts, context(seconds))),
    look: (seconds, ends = []) => send(continueGroup(scene.status, ends, context(seconds))),
  };
  return scene;
}

function read(body: string): Sent {
  const parsed = parseAlertMessage(body);
  if (parsed.outcome === "refused") throw new Error(parsed.reason);
  return parsed.value.data;
}

/** The condition of the alert on each object no longer holds. */
export function fails(...names: readonly string[]): readonly AlertEnd[] {
  return names.map((name) => ({ id: toAlertHash(`alert-${name}`), why: "fails" }));
}

export function silence(spec: Partial<Silence["spec"]>, name = "quiet"): Silence {
  return {
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Silence",
    metadata: { name, namespace: "kubemend", uid: name, resourceVersion: "1" },
    spec: { until: at(3_600), by: "anna", ...spec },
  };
}
