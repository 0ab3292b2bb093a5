import type { GenericSchema } from "valibot";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import type { Trigger } from "../../../events/request.ts";
import type { Catalog } from "../../references/catalog.ts";
import type { ReadOperation, WriteOperation } from "../../operations/operation.ts";

/** An RBAC rule that an action needs, in the shape of rbac.authorization.k8s.io/v1 PolicyRule. */
export type Permission = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Absent = all objects of the resource. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

/** What an action knows when it is asked. Everything in it was read live by the executor. */
export type ActionState<P> = {
  readonly parameters: P;
  readonly record: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly rule: { readonly id: string };
  readonly trigger: Trigger;
  /** The trigger as it is now; uid confirmed. */
  readonly live: KubernetesObject;
  /** The references of the live trigger, resolved now. */
  readonly references: readonly FoundReference[];
  readonly catalog: Catalog;
  /** Answers of this action's reads, by `as`: an object, a list's items, or null where it is not there. */
  readonly observed: ReadonlyMap<string, Observation>;
  /** RFC 3339 ms: the executor's clock, so that the same state decides alike. */
  readonly now: string;
  /** How deep in a chain of remediations the trigger is, see DESIGN "Loops". */
  readonly depth: number;
  /** 0 in `then`; in `onFailure` the action's number, from 1: the same action makes another object there. Absent = 0. */
  readonly stage?: number;
  /** Evaluates a CEL expression of the rule on the live trigger; for alert summaries. */
  readonly evaluateText: (expression: string) => string;
};

export type Observation =
  | { readonly type: "object"; readonly object: KubernetesObject | null }
  | { readonly type: "list"; readonly items: readonly KubernetesObject[] };

/** What an action answers. No action runs anything itself: one executor in adapters/kubernetes carries out what it says. */
export type ActionAnswer =
  /** Read these, then ask again. */
  | { readonly outcome: "read"; readonly reads: readonly ReadOperation[] }
  /** These writes, in this order, and nothing else. */
  | {
      readonly outcome: "operations";
      readonly operations: readonly WriteOperation[];
      /** The live object that is acted upon, or from: `whereTarget` is asked of it. */
      readonly target?: KubernetesObject;
    }
  /** Nothing is to be done. */
  | { readonly outcome: "done"; readonly message: string }
  | { readonly outcome: "refused"; readonly code: string; readonly message: string };

/**
 * The one shape of every action; a folder each in core/actions, and a line in core/actions/registry.ts.
 * `next` is pure: same state, same answer.
 */
export type Action<P> = {
  readonly name: string;
  readonly schema: GenericSchema<unknown, P>;
  /** True where the action writes to the cluster or changes anything; a rule of only false ones makes no record. */
  readonly remediates: boolean;
  /** Names of parameters that hold CEL: compiled by the validator with everything else. */
  readonly expressions: readonly string[];
  /** What the executor's identity needs for it, given the resource that the rule watches. */
  readonly permissions: (parameters: P, on: ResourceType) => readonly Permission[];
  readonly next: (state: ActionState<P>) => ActionAnswer;
};
