import type { FieldComparison } from "../../core/changes/compare-fields.ts";
import type { KubernetesObject } from "../../events/change.ts";
import type { ChangeKind } from "../../events/ids.ts";

/** A name as one watch sees it. At most one living object has it. */
export type ChangeName = {
  readonly watch: string;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
};

/** A namespace as it was when an object in it was reported. */
export type NamespaceState = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** A change that the journal does not contain yet, on its way to the queue. */
export type Change = ChangeName & {
  readonly uid: string;
  readonly change: ChangeKind;
  /** Of the state; for a deletion, one at which the object no longer existed. */
  readonly resourceVersion: string;
  /** Where the stream reported it, if `resourceVersion` is a later one. */
  readonly seenVersion?: string | undefined;
  readonly generation: number | null;
  /** Found by comparing a snapshot with the journal. */
  readonly gap: boolean;
  /** A deletion that replaced a state which was never sent. */
  readonly unsent?: boolean | undefined;
  /** An initial object: only these rules may match it. */
  readonly initial: readonly string[] | undefined;
  /** The queue has an earlier state of the object, or may have one. */
  readonly delivered: boolean;
  readonly readAtMs: number;
  /** The object's namespace, if the watch selects namespaces by label. */
  readonly namespaceState?: NamespaceState | undefined;
  /** The object itself did not change: the labels of its namespace did. */
  readonly onlyNamespace?: boolean | undefined;
  /** The fields that rules compare; undefined if the watch has no such rules, or the object was not read whole. */
  readonly comparison?: FieldComparison | undefined;
  /** This relay has sent this very state before it was restarted, and does not know whether the queue accepted it. */
  readonly resent?: boolean | undefined;
  readonly object: KubernetesObject;
  /** Why `object` has only metadata, although its watch reads more. */
  readonly truncated?: string | undefined;
};

/** Whether nothing more has to be reported after this change: the object is deleted, or no longer selected. */
export function isTerminal(change: ChangeKind): boolean {
  return change === "deleted" || change === "left";
}
