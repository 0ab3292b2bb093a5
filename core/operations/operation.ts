import type { ResourceType } from "../../events/change.ts";
import type { ObjectIdentity } from "../../events/remediation.ts";

/** An object's address in the API. `namespace` is null when cluster-scoped. */
export type ObjectAddress = Pick<ResourceType, "group" | "version" | "resource" | "kind"> & {
  readonly namespace: string | null;
  readonly name: string;
};

/** Reads what an action needs to decide. Never stored in a record: no object bodies there. */
export type ReadOperation =
  | { readonly type: "get"; readonly as: string; readonly target: ObjectAddress }
  | {
      readonly type: "list";
      readonly as: string;
      readonly target: Omit<ObjectAddress, "name">;
      readonly labelSelector?: string | undefined;
    };

/**
 * Writes are data: absolute and repeatable, so that an executor that was paused and wakes up repeats a no-op.
 * They are stored in the record before the first one runs, so they hold identities, never bodies.
 */
export type WriteOperation = (CreateOperation | VerifyOperation | AlertOperation) & {
  /** 0 or absent: of `then`. From 1: of `onFailure`, run only where the stage before failed. */
  readonly stage?: number;
};

/** Creates an object under a deterministic name; AlreadyExists counts as done if the live object carries our `kubemend.dev/cause`. */
export type CreateOperation = {
  readonly type: "create";
  readonly name: string;
  readonly target: ObjectAddress;
  /** Head of the manifest: labels, annotations, ownerReferences. */
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  /** The body is copied from the live source when the operation runs: its uid must be this one, its content this digest. */
  readonly specFrom: {
    readonly source: ObjectAddress & { readonly uid: string };
    /** Dotted: `spec.jobTemplate.spec`. */
    readonly path: string;
    /** sha256 of the canonical JSON at `path` when the plan was made. */
    readonly digest: string;
  };
};

/** Reads what the steps before it wrote, until it is as the rule wants it or the time is over. Changes nothing. */
export type VerifyOperation = {
  readonly type: "verify";
  readonly name: string;
  /** CEL; `object` is the target as it is now. */
  readonly expression: string;
  readonly withinMs: number;
  /** The object that is looked at. */
  readonly target: ObjectAddress;
  /** The step that made it, and so tells its uid; absent: the trigger, which has this uid. */
  readonly madeBy?: string;
  readonly uid?: string;
};

export type AlertOperation = {
  readonly type: "alert";
  readonly name: string;
  readonly to: string;
  readonly summary: string;
};

/** Complete, as the API server wants it: every field is there. */
export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

/** What a write came to. */
export type OperationOutcome =
  | {
      readonly outcome: "done";
      readonly object?: ObjectIdentity | undefined;
      readonly message?: string;
    }
  | { readonly outcome: "failed"; readonly code: string; readonly message: string }
  /** Not yet known: ask again then (RFC 3339 ms). */
  | {
      readonly outcome: "wait";
      readonly until: string;
      readonly reason: string;
      readonly message: string;
    };
