import type { OpenAlert, SilencedAlerts } from "../../../events/alert-group.ts";
import type { AlertData, AlertMessage } from "../../../events/alert.ts";
import { sha256 } from "../../../events/ids.ts";
import type { Silence } from "../../../events/silence.ts";
import { toSeverity } from "../../severity.ts";

/** So many hexadecimal digits distinguish labels. */
const LABEL_HASH_LENGTH = 8;
/** And so many labels of an object are kept, so that a full group can be stored. */
const LABELS_KEPT_MAX = 10;

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
  return findLast(({ key, value }) => labels.get(key) === value, alert.data.rule.id, silences, now);
}

/**
 * The same for an object that a group keeps, by what is known of its own alert: labels of another alert of the group say nothing about it.
 * `group`: any alert of the group. `object`: undefined for one that the group does not keep. A label that is not known is not equal: one
 * message too many is better than none.
 */
export function findSilenceOf(
  group: AlertMessage,
  object: OpenAlert | undefined,
  silences: readonly Silence[],
  now: string,
): Silence | undefined {
  const { rule, to, cluster, trigger } = group.data;
  const isOlder = object !== undefined && object.severity === undefined;
  if (isOlder && object.uid === trigger.uid) return findSilence(group, silences, now);
  const known = new Map([
    ["rule", rule.id],
    ["receiver", to],
    ["cluster", cluster.name],
    ...(object === undefined ? [] : toOwn(object)),
  ]);
  const hashes = new Set(object?.labels);
  const isEqual = ({ key, value }: Label): boolean =>
    isBuiltIn(key) ? known.get(key) === value : hashes.has(toLabelHash(key, value));
  return findLast(isEqual, rule.id, silences, now);
}

function toOwn({ kind, namespace, name, severity }: OpenAlert): readonly [string, string][] {
  return [
    ["kind", kind],
    ["namespace", namespace ?? ""],
    ["name", name],
    ...(severity === undefined ? [] : [["severity", severity] as [string, string]]),
  ];
}

type Label = { readonly key: string; readonly value: string };

function findLast(
  isEqual: (label: Label) => boolean,
  rule: string,
  silences: readonly Silence[],
  now: string,
): Silence | undefined {
  const covering = silences.filter(
    (silence) => isInForce(silence, now) && covers(silence, isEqual, rule),
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
function covers({ spec }: Silence, isEqual: (label: Label) => boolean, rule: string): boolean {
  const wanted = Object.entries(spec.labels ?? {});
  if (spec.rule === undefined && wanted.length === 0) return false;
  if (spec.rule !== undefined && spec.rule !== rule) return false;
  return wanted.every(([key, value]) => isEqual({ key, value }));
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

function isBuiltIn(key: string): boolean {
  return BUILT_IN_LABELS.some((name) => name === key);
}

/** The labels of an alert as a group keeps them for each object: silences only ask whether one is equal, and a hash is short. */
export function toLabelHashes({ labels = {} }: Pick<AlertData, "labels">): readonly string[] {
  const own = Object.entries(labels).filter(([key]) => !isBuiltIn(key));
  return own.slice(0, LABELS_KEPT_MAX).map(([key, value]) => toLabelHash(key, value));
}

function toLabelHash(key: string, value: string): string {
  return sha256("label", key, value).slice(0, LABEL_HASH_LENGTH);
}

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
