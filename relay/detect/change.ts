import type { KubernetesObject } from "../../events/change.ts";
import type { ChangeKind } from "../../events/ids.ts";
import type { NamespaceState } from "../namespaces/directory.ts";

/** A name, as one watch sees it. At most one living object has it. */
export type ChangeName = {
  readonly watch: string;
  /** "" for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
};

/** A change that the journal does not know yet, on its way to the queue. */
export type Change = ChangeName & {
  readonly uid: string;
  readonly change: ChangeKind;
  /** Of the state; of a deletion: one at which the object was gone. */
  readonly resourceVersion: string;
  /** Where the stream told of it, if `resourceVersion` is a later one. */
  readonly seenVersion?: string | undefined;
  readonly generation: number | null;
  /** Found by comparing. */
  readonly gap: boolean;
  /** An object of the start: only these rules may match. */
  readonly initial: readonly string[] | undefined;
  /** The queue has an earlier state of it, or may have. */
  readonly delivered: boolean;
  readonly readAtMs: number;
  /** Its namespace, where the watch selects namespaces by label. */
  readonly namespaceState?: NamespaceState | undefined;
  /** The object is as it was: what changed are the labels of its namespace. */
  readonly onlyNamespace?: boolean | undefined;
  readonly object: KubernetesObject;
};

/** After it nothing is owed: the object is gone, or no longer looked at. */
export function isTerminal(change: ChangeKind): boolean {
  return change === "deleted" || change === "left";
}

/** What is sent of it. */
export type Rendered = {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
};

/** A change as it waits. The object itself is gone: what waits is its text. */
export type Entry = Omit<Change, "object"> & {
  readonly rendered: Rendered;
  /** Of the body in UTF-8. */
  readonly bytes: number;
};
