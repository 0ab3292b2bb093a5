import type { ResourceType } from "../../events/change.ts";

/** The code of a fan-out that has ended without changing any object: all of them were as wanted already, or are targets no more. */
export const NOTHING_CHANGED = "NothingChanged";

/** A collection that targets are selected from. `namespace` is null for all namespaces, and for cluster-scoped objects. */
export type TargetCollection = Pick<ResourceType, "group" | "version" | "resource" | "kind"> & {
  readonly namespace: string | null;
  /** As in `ObjectAddress`; the same for all collections of a fan-out. */
  readonly cluster?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
};

/** Which objects of the collections are targets. */
export type TargetFilter =
  /** All, or those for which the CEL expression is true; `object` is the candidate. */
  | { readonly type: "where"; readonly expression?: string }
  /** Those whose Pod template uses this object. */
  | { readonly type: "uses"; readonly kind: string; readonly object: string }
  /** The Pods that have to leave a Node. */
  | { readonly type: "drain"; readonly force: boolean; readonly deleteEmptyDirData: boolean };

/**
 * One action on many targets. The plan says which ones and what is done to each; they are found page by page while it is carried out, and
 * what is done to those of a page is stored in its step before the first write (core/records/targets/progress.ts).
 */
export type FanOutOperation = {
  readonly type: "fanOut";
  readonly name: string;
  readonly action: string;
  /** Of the action, as the rule has them, without its targets. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The values of the expressions in the parameters when the plan was made. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The effect on each target, for people. */
  readonly verb: "change" | "delete" | "evict" | "report on";
  readonly collections: readonly TargetCollection[];
  readonly filter: TargetFilter;
  /** More targets than this are refused; a target that appears later than that is left alone. */
  readonly atMost?: number;
  /** The targets of a namespace that has more than this have failed, and do not count as targets. */
  readonly atMostPerNamespace?: number;
  /** The collections are read again until there is no target left. */
  readonly untilNone?: true;
  /** Evaluated on each target; from the rule that made the plan, like the next two. */
  readonly whereTarget?: string;
  /** Labels that a target or its namespace must have. */
  readonly optIn?: string;
  readonly reach?: "cluster" | readonly string[];
  /** How long a target is tried again after temporary failures. */
  readonly giveUpAfterMs: number;
  /** RFC 3339 ms: the time that all writes state, so that a target that was changed is known again. */
  readonly plannedAt: string;
  /** The chain that led to the trigger's change, see `StoredChain`. */
  readonly depth: number;
  readonly loopRules?: string;
  /** The effect on each target is verified, by the action's own check or by this expression. */
  readonly verify?: { readonly expression?: string; readonly withinMs?: number };
  /** The targets when the plan was made. */
  readonly found: { readonly count: number; readonly names: readonly string[] };
};

const ON_NODE = "spec.nodeName=";

/** Selects the Pods of a Node. */
export function toPodsOf(node: string): string {
  return `${ON_NODE}${node}`;
}

/** The name of the Node that a drain is about: the one whose Pods it evicts. Undefined for other operations. */
export function toDrainedNode({ filter, collections }: FanOutOperation): string | undefined {
  const selector = filter.type === "drain" ? collections[0]?.fieldSelector : undefined;
  return selector?.startsWith(ON_NODE) === true ? selector.slice(ON_NODE.length) : undefined;
}
