import type { ResourceType } from "../../events/change.ts";
import { RECORD_GROUP, RECORD_RESOURCE } from "../../events/remediation.ts";

/** What a ledger must know of its watch. */
export type TrackedWatch = {
  readonly key: string;
  readonly resource: ResourceType;
  /** Canonical text of what is watched: a checkpoint of anything else says nothing. */
  readonly selection: string;
  /** Namespaces are selected by label: objects enter and leave with these, as they are. */
  readonly byNamespace?: boolean | undefined;
  /** resourceVersions can only be told apart: nothing is resumed, and nothing is dropped as a replay. */
  readonly unordered?: boolean | undefined;
  /** Who wants the objects of the start: rules with `initial: include`, and an explicit entry, which has no id. */
  readonly initial: readonly InitialRule[];
};

export type InitialRule = { readonly key: string; readonly ruleId: string | undefined };

/** Kubernetes Events are news themselves: their deletion is expiry, and nobody keeps a row for each. */
export function isJournalled({ resource }: TrackedWatch): boolean {
  const { group } = resource;
  const isEvent = resource.resource === "events" && (group === "" || group === "events.k8s.io");
  return !isEvent;
}

/** Of our own records the status is ours: only what a human writes is news. */
export function isGenerationOnly({ resource }: TrackedWatch): boolean {
  return resource.group === RECORD_GROUP && resource.resource === RECORD_RESOURCE;
}
