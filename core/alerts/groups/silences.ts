import type { SilencedAlerts } from "../../../events/alert-group.ts";
import type { AlertMessage } from "../../../events/alert.ts";
import type { Silence } from "../../../events/silence.ts";
import { toSeverity } from "../../severity.ts";

/** Whether a silence is in force. `now` is RFC 3339 ms. */
export function isInForce({ spec }: Silence, now: string): boolean {
  return Date.parse(spec.until) > Date.parse(now);
}

/** Of the silences that cover an alert, the one that ends last; undefined if none does. */
export function findSilence(
  alert: AlertMessage,
  silences: readonly Silence[],
  now: string,
): Silence | undefined {
  const labels = toLabels(alert);
  const covering = silences.filter(
    (silence) => isInForce(silence, now) && covers(silence, labels, alert.data.rule.id),
  );
  return covering.toSorted((a, b) => Date.parse(b.spec.until) - Date.parse(a.spec.until))[0];
}

/** The silence as a group keeps it. */
export function toSilencedBy({
  metadata,
  spec,
}: Silence): Pick<SilencedAlerts, "silence" | "until"> {
  return { silence: metadata.name, until: new Date(spec.until).toISOString() };
}

/** A silence that names nothing covers nothing. */
function covers({ spec }: Silence, labels: ReadonlyMap<string, string>, rule: string): boolean {
  const wanted = Object.entries(spec.labels ?? {});
  if (spec.rule === undefined && wanted.length === 0) return false;
  if (spec.rule !== undefined && spec.rule !== rule) return false;
  return wanted.every(([key, value]) => labels.get(key) === value);
}

/** The labels that every alert has. */
export const BUILT_IN_LABELS = [
  "rule",
  "receiver",
  "cluster",
  "kind",
  "namespace",
  "name",
  "severity",
] as const;

/** The labels by which a silence can select an alert: those of its rule, and those that every alert has, which no rule replaces. */
function toLabels({ data }: AlertMessage): ReadonlyMap<string, string> {
  const { rule, to, trigger, cluster, labels = {} } = data;
  return new Map([
    ...Object.entries(labels),
    ["rule", rule.id],
    ["receiver", to],
    ["cluster", cluster.name],
    ["kind", trigger.kind],
    ["namespace", trigger.namespace ?? ""],
    ["name", trigger.name],
    ["severity", toSeverity(data)],
  ]);
}
