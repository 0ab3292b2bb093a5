import type { ResourceType } from "../../events/change.ts";
import type { FieldPattern } from "../../core/json/field-pattern.ts";
import { RECORD_GROUP, RECORD_RESOURCE } from "../../events/remediation.ts";

/** A watch as change detection and the journal see it. */
export type TrackedWatch = {
  readonly key: string;
  readonly resource: ResourceType;
  /** Canonical text of what is watched. A checkpoint of another selection does not apply. */
  readonly selection: string;
  /** Namespaces are selected by label: objects enter and leave the selection with them, without changing. */
  readonly byNamespace?: boolean | undefined;
  /** resourceVersions can only be compared for equality: nothing is resumed, and nothing is dropped as a replay. */
  readonly unordered?: boolean | undefined;
  /** Who wants the initial objects: rules with `initial: include`, and an explicit watch entry, which has no rule id. */
  readonly initial: readonly InitialRule[];
  /** The rules that compare fields of the objects. */
  readonly compared?: readonly ComparedFields[] | undefined;
};

/** The fields that a rule compares with those of the state that was delivered last. */
export type ComparedFields = { readonly ruleId: string; readonly fields: readonly FieldPattern[] };

export type InitialRule = { readonly key: string; readonly ruleId: string | undefined };

/** Whether the journal keeps a row for each object. Not for Kubernetes Events: each is a report in itself, and its deletion is expiry. */
export function isJournalled({ resource }: TrackedWatch): boolean {
  const { group } = resource;
  const isEvent = resource.resource === "events" && (group === "" || group === "events.k8s.io");
  return !isEvent;
}

/** Whether only a new metadata.generation counts as a change: the status of our own records is written by ourselves. */
export function isGenerationOnly({ resource }: TrackedWatch): boolean {
  return resource.group === RECORD_GROUP && resource.resource === RECORD_RESOURCE;
}
