import type { AlertContent, AlertGrouping } from "../../events/alert.ts";
import type { ResourceType } from "../../events/change.ts";
import type { ObjectIdentity } from "../../events/remediation.ts";
import type { FieldPattern } from "../json/field-pattern.ts";
import type { FanOutOperation } from "./fan-out.ts";
import type { JobManifest } from "./job-manifest.ts";

/** The address of an object in the API. `namespace` is null if it is cluster-scoped. */
export type ObjectAddress = Pick<ResourceType, "group" | "version" | "resource" | "kind"> & {
  readonly namespace: string | null;
  readonly name: string;
  /** The name of another cluster of the pipeline; absent: the pipeline's own. All addresses of one operation are in one cluster. */
  readonly cluster?: string | undefined;
};

/** Reads what an action needs for its decision. Answers are never stored in a record, which holds no object bodies. */
export type ReadOperation =
  | {
      readonly type: "get";
      readonly as: string;
      readonly target: ObjectAddress & { readonly subresource?: "scale" };
      /** If the object is nested too deep, its metadata is enough; else such an object is refused. */
      readonly orMetadata?: true | undefined;
      /** Other messages of the batch may use the same answer, for a second: for objects that are only copied or looked at. */
      readonly mayShare?: true | undefined;
      /** With metadata.managedFields. */
      readonly withManagers?: boolean;
    }
  | {
      readonly type: "list";
      readonly as: string;
      readonly target: Omit<ObjectAddress, "name">;
      readonly labelSelector?: string | undefined;
      /** The fields that are read of each object besides its identity. */
      readonly fields: readonly FieldPattern[];
    }
  /** A Job, and which of its fields only a new Job could have as the manifest says. */
  | {
      readonly type: "compareJob";
      readonly as: string;
      readonly target: ObjectAddress;
      readonly manifest: JobManifest;
    };

/**
 * Writes are data. They are absolute and idempotent, so that an executor that was frozen and resumes only repeats a no-op.
 * They are stored in the record before the first of them runs, so they contain identities, never object bodies.
 */
export type WriteOperation = SingleOperation | Staged<FanOutOperation> | OnFailureOperation;

/** An operation on one object, which the executor carries out. */
export type SingleOperation = Staged<
  | CreateOperation
  | ManifestOperation
  | AwaitGoneOperation
  | PatchOperation
  | DeleteOperation
  | EvictOperation
  | EventOperation
  | VerifyOperation
  | AlertOperation
>;

type Staged<T> = T & {
  /** 0 or absent: part of `then`. From 1: part of `onFailure`, run only if the previous stage failed. */
  readonly stage?: number;
};

/**
 * Creates an object under a deterministic name. AlreadyExists counts as done only if the live object is the one that this operation makes:
 * of this record (by uid), from the same source content, with the same owners.
 */
export type CreateOperation = {
  readonly type: "create";
  readonly name: string;
  readonly target: ObjectAddress;
  /** The metadata of the manifest: labels, annotations, ownerReferences. */
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  /** The body is copied from the live source when the operation runs. The source must still have this uid and generation, its content this digest. */
  readonly specFrom: {
    readonly source: ObjectAddress & { readonly uid: string };
    /** Separated by dots: `spec.jobTemplate.spec`. */
    readonly path: string;
    /** Where the source has labels and annotations for the object; those of the operation come on top. Only with `generation`. */
    readonly metadataPath?: string;
    /** sha256 of the canonical JSON at `path` when the plan was made. */
    readonly digest: string;
    /** metadata.generation of the source then. */
    readonly generation?: number;
  };
  /** Fields of the new object that differ from those that are copied. */
  readonly changes?: readonly Pick<FieldChange, "path" | "to">[];
};

/**
 * Creates an object whose body is that of the rule. The body is part of the plan, so that what has begun is finished as it was planned,
 * whatever the pipeline says by then. Repeatable in the same way as `create`. Fields that the API server does not know are refused.
 */
export type ManifestOperation = {
  readonly type: "createManifest";
  readonly name: string;
  readonly target: ObjectAddress;
  readonly metadata: CreateOperation["metadata"];
  readonly spec: Readonly<Record<string, unknown>>;
  /** An earlier step deletes the object that has this name. A dry run, which deletes nothing, tries the creation under another name. */
  readonly replaces?: true;
};

/** Waits until a Job with this uid, and the Pods that it controls, are gone. Changes nothing. */
export type AwaitGoneOperation = {
  readonly type: "awaitGone";
  readonly name: string;
  readonly target: ObjectAddress;
  readonly uid: string;
  /** How long it may take, from the start of the step. */
  readonly withinMs: number;
};

/**
 * The place of a field: keys of maps, and for an element of a list the values that it is found by, such as `{ name: "main" }`. A position
 * in a list is never part of a path, because it may change.
 */
export type ChangePath = readonly (string | Readonly<Record<string, string>>)[];

/** One field: the value that it had when the plan was made, and the value that it gets. Absent = there is no such field. */
export type FieldChange = {
  readonly path: ChangePath;
  readonly from?: unknown;
  readonly to?: unknown;
  /** It is changed whatever its value is by now: for what only says when or why something was done. */
  readonly overwrite?: true;
};

/**
 * A Pod template that is copied from another object when the operation runs, so that a record does not hold it. The digests, as
 * `toTemplateDigest` makes them, are of what was seen when the plan was made; a generation counts if parts of it are redacted.
 */
export type CopiedTemplate = {
  readonly source: ObjectAddress & { readonly uid: string };
  readonly digest: string;
  readonly generation?: number;
  /** Of the template that it replaces. */
  readonly fromDigest: string;
  readonly fromGeneration?: number;
};

/**
 * Changes fields of one object. Done without a request if its annotations say that this operation was carried out before, or if every
 * field has its new value. Sent only if every field still has its old value; if not, it fails with PreconditionFailed.
 */
export type PatchOperation = {
  readonly type: "patch";
  readonly name: string;
  readonly target: ObjectAddress;
  readonly uid: string;
  readonly subresource?: "scale";
  readonly changes: readonly FieldChange[];
  /** The Pod template becomes that of this object. */
  readonly template?: CopiedTemplate;
  /** Annotations that are written with the changes, whatever values they have, and the maps that they are written to. */
  readonly marks?: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly at: readonly (readonly string[])[];
  };
};

/** Deletes the object with this uid. Done if there is none, even if another object has its name. */
export type DeleteOperation = {
  readonly type: "delete";
  readonly name: string;
  readonly target: ObjectAddress;
  readonly uid: string;
  readonly propagationPolicy: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
  /** It is a Job, and must not be running: fails with JobRunning otherwise. */
  readonly onlyIfIdle?: true;
  /** For a Job that is in the way of another one: if it has ended by then it is left alone, and the operation is done. */
  readonly unlessEnded?: true;
};

/** Evicts the Pod with this uid. Done if there is none. While a PodDisruptionBudget does not allow it, the step waits. */
export type EvictOperation = {
  readonly type: "evict";
  readonly name: string;
  readonly target: ObjectAddress;
  readonly uid: string;
  readonly gracePeriodSeconds?: number;
  /** How long it may wait, from the start of the step. */
  readonly withinMs: number;
};

/** Reports something as a Kubernetes Event. If the same was reported before, the count of that Event is raised, once per operation. */
export type EventOperation = {
  readonly type: "event";
  readonly name: string;
  /** The address of the Event; its name follows from what it says. */
  readonly target: ObjectAddress;
  /** The object that it is about. */
  readonly regarding: ObjectAddress & { readonly uid: string };
  readonly eventType: "Normal" | "Warning";
  readonly reason: string;
  readonly note: string;
  readonly annotations: Readonly<Record<string, string>>;
};

/** Reads what the previous steps wrote until it satisfies the rule or the time is over. Changes nothing. */
export type VerifyOperation = {
  readonly type: "verify";
  readonly name: string;
  /** CEL; `object` is the live target. Absent only with `gone`. */
  readonly expression?: string;
  /** CEL: if it is true, or a text that says why, the expression never will be, and the step fails at once. */
  readonly failed?: string;
  /** The target must be gone: instead of the expression, or if that is not true before. */
  readonly gone?: true;
  readonly withinMs: number;
  /** The object that is read. */
  readonly target: ObjectAddress;
  /** The step that created the target, from whose result its uid is known. Absent: the target is the trigger, with this `uid`. */
  readonly madeBy?: string;
  readonly uid?: string;
};

export type AlertOperation = {
  readonly type: "alert";
  readonly name: string;
  /** `default`: the routes of the pipeline decide. */
  readonly to: string;
  readonly summary: string;
  readonly content?: AlertContent;
  /** Absent: by the namespace of the trigger. */
  readonly grouping?: "off" | AlertGrouping;
};

/**
 * An action of `onFailure`, as the rule had it when the plan was made. It is planned when its stage begins, on the objects as they are
 * then, and its operations take its place in the plan.
 */
export type OnFailureOperation = {
  readonly type: "onFailure";
  readonly name: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly reach?: "cluster" | readonly string[];
  readonly whereTarget?: string;
  readonly verify?:
    | { readonly expression: string; readonly withinMs: number }
    | { readonly expression?: undefined; readonly withinMs?: number };
  readonly giveUpAfterMs?: number;
  readonly stage: number;
};

/** Complete, as the API server requires it. */
export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

/** An object before and after a write, without what must not leave the cluster; absent = there is none. */
export type ObjectEffect = { readonly before?: unknown; readonly after?: unknown };

/** The result of a write. */
export type OperationOutcome =
  | {
      readonly outcome: "done";
      readonly object?: ObjectIdentity | undefined;
      /** Set if the step ended without an answer, see `VERIFY_UNKNOWN`. */
      readonly code?: string;
      readonly message?: string;
      /** Only of a dry run: what it would do to the object. Never stored. */
      readonly effect?: ObjectEffect;
    }
  | { readonly outcome: "failed"; readonly code: string; readonly message: string }
  /** Not known yet: ask again at `until` (RFC 3339 ms). */
  | {
      readonly outcome: "wait";
      readonly until: string;
      readonly reason: string;
      readonly message: string;
    };
