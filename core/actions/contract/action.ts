import type { GenericSchema } from "valibot";
import type { Chain } from "../../operations/loops/chain.ts";
import type { KubernetesObject, ResourceType } from "../../../events/change.ts";
import type { FoundReference } from "../../../events/reference.ts";
import type { Trigger } from "../../../events/request.ts";
import type { Catalog } from "../../references/catalog.ts";
import type {
  ChangePath,
  ReadOperation,
  VerifyOperation,
  WriteOperation,
} from "../../operations/operation.ts";

/** An RBAC rule that an action needs, in the shape of rbac.authorization.k8s.io/v1 PolicyRule. */
export type Permission = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** Absent = all objects of the resource. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
};

/** What an action knows when it decides. The executor has read all of it live. */
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
  /** The cluster that the parameters name as the target's, and what it serves. Absent: the action acts in the trigger's own cluster. */
  readonly other?: { readonly name: string; readonly catalog: Catalog } | undefined;
  /** Answers to this action's reads, by `as`: an object, null if it does not exist, or the items of a list. */
  readonly observed: ReadonlyMap<string, Observation>;
  /** RFC 3339 ms, from the clock of the executor, so that the same state gives the same decision. */
  readonly now: string;
  /** The chain of remediations that led to the trigger's change, see core/operations/loops/chain.ts. */
  readonly chain: Chain;
  /** A person asked for it (`kubemend trigger`): it begins a chain of its own. */
  readonly isManual?: boolean;
  /** 0 in `then`; in `onFailure` the number of the action, from 1, so that it creates another object there. Absent = 0. */
  readonly stage?: number;
  /** Evaluates a CEL expression of the rule on the live trigger, for the texts of alerts; `what` names the text if there is none. */
  readonly evaluateText: (expression: string, what?: string) => string;
  /** The same, for values that are written: JSON. Throws RuleError if there is no value. */
  readonly evaluate: (expression: string) => unknown;
};

export type Observation =
  | {
      readonly type: "object";
      readonly object: KubernetesObject | null;
      /** Why `object` has only metadata. */
      readonly truncated?: string | undefined;
      /** When the API server recorded its last write (RFC 3339); the object has no managedFields any more. */
      readonly writtenAt?: string | undefined;
    }
  | { readonly type: "list"; readonly items: readonly KubernetesObject[] }
  | {
      readonly type: "comparison";
      /** The live Job, with metadata.managedFields; null if there is none. */
      readonly object: KubernetesObject | null;
      /** The paths of the fields that differ. Values are not among them, because they may be redacted. */
      readonly differences: readonly string[];
    };

/** How to see that a write has had its effect on an object (a condition, or that it is gone), and that it never will. */
export type EffectCheck = Pick<VerifyOperation, "expression" | "failed" | "gone" | "withinMs">;

/** A field that an action writes. `to` is null if the field is removed, and absent if its value is known only when the action is planned. */
export type WrittenField = { readonly path: ChangePath; readonly to?: unknown };

/** The resources that an action can change: by name, with their kinds. `others`: any other resource too. */
export type TargetKinds = {
  readonly kinds: Readonly<Record<string, string>>;
  readonly others: boolean;
};

/** Why an action can do nothing yet, and for how long it may be asked again. */
export type ActionWait = {
  /** One word, for tables. If the time is over, the record ends with it. */
  readonly reason: string;
  /** The reason for the wait, and a way to end it, for people. */
  readonly message: string;
  /** When to look again, in ms from now. Default: after as long as it has waited so far, between 5 and 60 s. */
  readonly lookAgainMs?: number;
  /** How long it may wait in all, from the first time that it had to. Default: the rule's `giveUpAfter`, 1 h. */
  readonly withinMs?: number;
};

/** The decision of an action. No action runs anything itself: one executor in adapters/kubernetes carries the decision out. */
export type ActionAnswer =
  /** Read these, then ask again. */
  | { readonly outcome: "read"; readonly reads: readonly ReadOperation[] }
  /** These writes, in this order, and nothing else. */
  | {
      readonly outcome: "operations";
      readonly operations: readonly WriteOperation[];
      /** The live object that is changed or copied from: `whereTarget` is evaluated on it. */
      readonly target?: KubernetesObject;
      /** How it shows that the last write had its effect; used if the rule asks for it. */
      readonly check?: EffectCheck;
    }
  /**
   * Nothing can be done yet. The record waits; then the rule's selectors, its condition and all of its actions are asked again, about the
   * live state. A change of the trigger ends the wait early.
   */
  | ({ readonly outcome: "wait" } & ActionWait)
  /** There is nothing to do. */
  | { readonly outcome: "done"; readonly message: string }
  | { readonly outcome: "refused"; readonly code: string; readonly message: string };

/**
 * The interface of every action. Each has a folder in core/actions and a line in core/actions/registry.ts.
 * `next` is pure: the same state gives the same answer.
 */
export type Action<P> = {
  readonly name: string;
  readonly schema: GenericSchema<unknown, P>;
  /** Whether the action changes anything in the cluster. A rule without any such action has no record. */
  readonly remediates: boolean;
  /** Names of the parameters that are CEL. What is written as `{cel: ...}` is CEL too, in every action. */
  readonly expressions: readonly string[];
  /** The resources that its `target` may have, for actions with a `target`. */
  readonly targets?: TargetKinds;
  /** The schema of its parameters with many targets: `targets` instead of `target`. */
  readonly many?: GenericSchema<unknown, unknown>;
  /** The fields of its target that it writes, from its parameters alone; absent: none. No two actions of `then` may write one field. */
  readonly writes?: (parameters: P) => readonly WrittenField[];
  /** What it writes cannot carry the annotations of a chain of remediations: its records keep the chain instead. */
  readonly isUnmarked?: true;
  /** The effect on its target, for people; absent = it is changed. */
  readonly verb?: "delete" | "evict" | "report on";
  /** The rights that the identity of the executor needs for it, given the resource that the rule watches. */
  readonly permissions: (parameters: P, on: ResourceType) => readonly Permission[];
  readonly next: (state: ActionState<P>) => ActionAnswer;
};
