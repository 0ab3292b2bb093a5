import type { UnresolvedReason } from "../../events/reference.ts";
import { toApiVersion } from "./api-version.ts";
import type { CatalogEntry } from "./catalog.ts";

/** One served type, or why there is none. */
export type Choice =
  | { readonly outcome: "chosen"; readonly entry: CatalogEntry; readonly byDefault?: boolean }
  | {
      readonly outcome: "refused";
      readonly reason: UnresolvedReason;
      readonly candidates: readonly string[];
    };

/** The versions of a type in one group are one candidate: the written version, else the preferred one, else the first listed. */
export function chooseInGroup(
  entries: readonly [CatalogEntry, ...CatalogEntry[]],
  version: string | undefined,
): Choice {
  const inVersion =
    entries.find((entry) => entry.version === version) ??
    entries.find((entry) => entry.preferred) ??
    entries[0];
  // One name may mean two types of a version that differ in case, or a kind and a resource: there is no reason to choose either.
  const alike = entries.filter((entry) => entry.version === inVersion.version);
  if (alike.length > 1) return refuse("ambiguous", alike.map(toApiVersion));
  return { outcome: "chosen", entry: inVersion };
}

/**
 * One group of all that have the type. `version` narrows them if any of them serves it. `defaultGroup`, a default of the field
 * that contains the reference, decides only if several groups are left.
 */
export function chooseGroup(
  entries: readonly CatalogEntry[],
  version: string | undefined,
  carrierGroup: string | undefined,
  defaultGroup: string | undefined,
): Choice {
  const inVersion = entries.filter((entry) => entry.version === version);
  const byGroup = groupEntries(
    mergeEventStorage(inVersion.length > 0 ? inVersion : entries, carrierGroup),
  );
  const [only, ...others] = byGroup.values();
  if (only === undefined) return refuse("unknown-kind", []);
  if (others.length === 0) return chooseInGroup(only, version);
  const byDefault = defaultGroup === undefined ? undefined : byGroup.get(defaultGroup);
  if (byDefault === undefined) return refuse("ambiguous", toCandidates(byGroup, version));
  const choice = chooseInGroup(byDefault, version);
  return choice.outcome === "chosen" ? { ...choice, byDefault: true } : choice;
}

/** Refuses a reference to a group that does not serve the type, with the groups that do. */
export function refuseNotServed(entries: readonly CatalogEntry[]): Choice {
  return refuse("not-served", toCandidates(groupEntries(entries), undefined));
}

function toCandidates(
  byGroup: ReadonlyMap<string, readonly [CatalogEntry, ...CatalogEntry[]]>,
  version: string | undefined,
): readonly string[] {
  return [...byGroup.values()].flatMap((entries) => {
    const choice = chooseInGroup(entries, version);
    return choice.outcome === "chosen" ? [toApiVersion(choice.entry)] : choice.candidates;
  });
}

function refuse(reason: UnresolvedReason, candidates: readonly string[]): Choice {
  return { outcome: "refused", reason, candidates: [...new Set(candidates)].toSorted() };
}

function groupEntries(
  entries: readonly CatalogEntry[],
): ReadonlyMap<string, [CatalogEntry, ...CatalogEntry[]]> {
  const byGroup = new Map<string, [CatalogEntry, ...CatalogEntry[]]>();
  for (const entry of entries) {
    const list = byGroup.get(entry.group);
    if (list === undefined) byGroup.set(entry.group, [entry]);
    else list.push(entry);
  }
  return byGroup;
}

const EVENTS_GROUP = "events.k8s.io";

/** Core and events.k8s.io serve the same stored Events: https://github.com/kubernetes/enhancements/tree/master/keps/sig-instrumentation/383-new-event-api-ga-graduation */
function mergeEventStorage(
  entries: readonly CatalogEntry[],
  carrierGroup: string | undefined,
): readonly CatalogEntry[] {
  const hasBoth = ["", EVENTS_GROUP].every((group) => entries.some((e) => isEvent(e, group)));
  if (!hasBoth) return entries;
  const dropped = carrierGroup === EVENTS_GROUP ? "" : EVENTS_GROUP;
  return entries.filter((entry) => !isEvent(entry, dropped));
}

function isEvent(entry: CatalogEntry, group: string): boolean {
  return entry.kind === "Event" && entry.group === group;
}
