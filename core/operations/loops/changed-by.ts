import type { KubernetesObject } from "../../../events/change.ts";
import { readField, readTextMap } from "../../json/read-json.ts";
import { CAUSE_ANNOTATION, CHANGED_BY_ANNOTATION, RECORD_ANNOTATION } from "./cause-annotations.ts";
import { isWithinWindow } from "./loop-window.ts";
import { parseEntry } from "./loop-rules.ts";

/** How often a rule may change one object within the window, whatever its triggers were. */
export const CHANGES_MAX = 3;

/** Older ones are forgotten. An annotation of them is shorter than 3 KB. */
const ENTRIES_MAX = 30;

type Entry = readonly [rule: string, at: string];
type Identity = { readonly name: string; readonly namespace: string; readonly uid: string };

/** How often a rule has changed this object within the window, as its annotations say. What cannot be read does not count. */
export function countChanges(object: KubernetesObject, rule: string, now: string): number {
  return readEntries(object, now).filter(([by]) => by === rule).length;
}

/** The annotation of an object after a change by this rule: `restart@2026-03-01T10:00:00.000Z restart@...`. */
export function extendChangedBy(object: KubernetesObject, rule: string, now: string): string {
  const entries = readEntries(object, now);
  const own = entries.filter(([by]) => by === rule).slice(-(CHANGES_MAX - 1));
  const others = entries.filter(([by]) => by !== rule).slice(-(ENTRIES_MAX - CHANGES_MAX));
  return formatEntries([...others, ...own, [rule, now]]);
}

/** Whether this record was the last to change the object: several of its steps count as one change. */
export function isChangedByRecord(object: KubernetesObject, record: Identity): boolean {
  const annotations = readAnnotations(object);
  const { [CAUSE_ANNOTATION]: name, [RECORD_ANNOTATION]: identity } = annotations;
  return name === record.name && identity === `${record.namespace}/${record.uid}`;
}

export function readChangedBy(object: KubernetesObject, now: string): string {
  return formatEntries(readEntries(object, now));
}

function readEntries(object: KubernetesObject, now: string): readonly Entry[] {
  const text = readAnnotations(object)[CHANGED_BY_ANNOTATION] ?? "";
  return text.split(" ", ENTRIES_MAX).flatMap((entry) => {
    const parsed = parseEntry(entry);
    return parsed !== undefined && isWithinWindow(Date.parse(parsed[1]), Date.parse(now))
      ? [parsed]
      : [];
  });
}

function formatEntries(entries: readonly Entry[]): string {
  return entries.map(([rule, at]) => `${rule}@${at}`).join(" ");
}

function readAnnotations(object: KubernetesObject): Readonly<Record<string, string>> {
  return readTextMap(readField(object, "metadata", "annotations"));
}
