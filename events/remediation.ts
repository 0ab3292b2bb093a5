import * as v from "valibot";
import {
  changeSummarySchema,
  REMEDIATION_MODES,
  triggerSchema,
  type ChangeSummary,
  type RemediationMode,
  type Trigger,
} from "./request.ts";
import {
  storedClusterSchema,
  storedMetadataSchema,
  storedTime as time,
  type StoredMetadata,
} from "./stored-object.ts";
import { foundReferencesSchema, type FoundReference } from "./reference.ts";

/** The record of a remediation, a custom resource in the source cluster: `infra/crds/remediations.yaml` is its schema for the API server. */
export const RECORD_GROUP = "kubemend.dev";
export const RECORD_VERSION = "v1alpha1";
export const RECORD_API_VERSION: string = `${RECORD_GROUP}/${RECORD_VERSION}`;
export const RECORD_KIND = "Remediation";
export const RECORD_RESOURCE = "remediations";
export const DEFAULT_RECORD_NAMESPACE = "kubemend";

/** A record without a status is Pending. The last five phases are final. */
export const RECORD_PHASES = [
  "Pending",
  "Waiting",
  "AwaitingApproval",
  "Deferred",
  "Running",
  "Succeeded",
  "Failed",
  "Refused",
  "DryRun",
  "Expired",
] as const;
export type RecordPhase = (typeof RECORD_PHASES)[number];

export type RecordSpec = {
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly rule: { readonly id: string; readonly digest: string };
  readonly onceKey: string;
  readonly mode: RemediationMode;
  readonly change: ChangeSummary;
  readonly trigger: Trigger;
  readonly references: readonly FoundReference[];
  readonly traceparent: string;
  /** The trigger was gone when the record was created: it was decided on its last reported state, which the signed request carried. */
  readonly fromEvidence?: boolean | undefined;
  /** The last reported state of the trigger, from a signed request, for rules that act on what is gone: JSON text of at most 4 KB. */
  readonly evidence?: string | undefined;
  /** The decision of a person, in mode approval. The API server guarantees `by`, see infra/admission/remediations.yaml. */
  readonly approval?: RecordApproval | undefined;
};

export type RecordApproval = {
  readonly decision: "approve" | "reject";
  readonly by: string;
  /** The question that it answers, as `status.question` numbers it; absent: the first. */
  readonly question?: number | undefined;
  readonly reason?: string | undefined;
};

/** The progress of one operation of the stored plan. `started` is saved before its write, `done` after it. */
export type RecordStep = {
  readonly name: string;
  readonly state: "planned" | "started" | "done" | "failed";
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** Why the step failed, or ended without an answer: an ErrorCode, or `VerifyUnknown`. */
  readonly code?: string | undefined;
  /** The message of the API server or the queue, if it refused. */
  readonly message?: string | undefined;
  /** The object that the step wrote. */
  readonly object?: ObjectIdentity | undefined;
  /** The progress of an action on many targets (core/records/targets/progress.ts). */
  readonly targets?: unknown;
};

export type ObjectIdentity = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly uid?: string | undefined;
  /** The name of another cluster of the pipeline, if it is there. */
  readonly cluster?: string | undefined;
};

/** Why an attempt failed: an ErrorCode, and a message for people. */
export type RecordCause = { readonly code: string; readonly message: string };

export type RecordStatus = {
  readonly phase: RecordPhase;
  /** Which run executes the record now; together with `holdUntil` (RFC 3339 ms) this is the claim. */
  readonly holder?: string | undefined;
  readonly holdUntil?: string | undefined;
  /** Nothing is done before this time (RFC 3339 ms). Set while the record waits, and kept until it ends. */
  readonly wakeAt?: string | undefined;
  /** The time that the rule's `for` or `at` gives (RFC 3339 ms). Kept through other waits, which replace `wakeAt`. */
  readonly waitedUntil?: string | undefined;
  /** Until when a plan waits for a decision (RFC 3339 ms). Kept likewise. */
  readonly approveUntil?: string | undefined;
  /** Which question about the record this is; absent: the first. A record that is reopened after a decision asks again. */
  readonly question?: number | undefined;
  /** The mode since it was reopened, if that is another one than `spec.mode`: at another time of day a person is asked, or is not. */
  readonly mode?: "enforce" | "approval" | undefined;
  /** Until when a guard may hold it back (RFC 3339 ms). Set when one does, and kept likewise. */
  readonly deferUntil?: string | undefined;
  /** Since when its actions can do nothing yet (RFC 3339 ms). Removed when the plan is made. */
  readonly waitingSince?: string | undefined;
  /** How many attempts have failed, since when (RFC 3339 ms), and why the last one did. Removed when an attempt gets further. */
  readonly attempts?: number | undefined;
  readonly failingSince?: string | undefined;
  /** How deep in a chain of remediations the trigger was when it was first read; absent: it was in none. */
  readonly depth?: number | undefined;
  /** The rules of that chain (core/operations/loops/loop-rules.ts); absent although `depth` is there: they are not known. */
  readonly loopRules?: string | undefined;
  readonly cause?: RecordCause | undefined;
  /** The plan, made once, before the first write: operations as data (core/operations/operation.ts), with one step each. */
  readonly plan?: RecordPlan | undefined;
  readonly steps?: readonly RecordStep[] | undefined;
  /**
   * The API server's answers to the writes with `dryRun=All`, before the approval or in mode dryRun: a text for each step, its first
   * line the step, the others the diff of its object.
   */
  readonly preview?: readonly string[] | undefined;
  /** The object that the plan writes to, from its first write on (core/records/stages/written-objects.ts): others wait until it ends. */
  readonly writes?: string | undefined;
  /** In phase Deferred: the name of the record that it waits for. */
  readonly heldBy?: string | undefined;
  /** Who approved the plan; set when its execution begins. */
  readonly approvedBy?: string | undefined;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  /** From the first claim to the end, for people: `312ms`, `4.1s`. */
  readonly took?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** When the latest match was reported (RFC 3339 ms), if that is not the change of the spec: the record was reopened. */
  readonly matchedAt?: string | undefined;
  /** Earlier ends of a record that was reopened, oldest first; the last few. */
  readonly history?: readonly EarlierEnd[] | undefined;
};

/** How a record ended before it was reopened. */
export type EarlierEnd = {
  readonly phase: RecordPhase;
  readonly reason: string;
  readonly endedAt: string;
};

export type RecordPlan = {
  readonly operations: readonly unknown[];
  /** Set if nothing is remediated, with the reason. The operations are then only alerts about it, and the record ends in this phase. */
  readonly problem?: RecordProblem | undefined;
  /** Why actions without operations have nothing to do; the first 10. */
  readonly notes?: readonly string[] | undefined;
};

export type RecordProblem = {
  readonly phase: "Refused" | "Failed" | "Expired";
  readonly code: string;
  readonly message: string;
};

export type RemediationRecord = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMetadata;
  readonly spec: RecordSpec;
  readonly status?: RecordStatus | undefined;
};

const text = v.pipe(v.string(), v.nonEmpty());

/** The fields that a reader relies on. The structural schema of the CRD validates the rest. */
export const remediationRecordSchema: v.GenericSchema<unknown, RemediationRecord> = v.looseObject({
  apiVersion: v.literal(RECORD_API_VERSION),
  kind: v.literal(RECORD_KIND),
  metadata: storedMetadataSchema,
  spec: v.looseObject({
    cluster: storedClusterSchema,
    rule: v.looseObject({ id: text, digest: text }),
    onceKey: v.string(),
    mode: v.picklist(REMEDIATION_MODES),
    change: changeSummarySchema,
    trigger: triggerSchema,
    references: foundReferencesSchema,
    traceparent: text,
    fromEvidence: v.optional(v.boolean()),
    evidence: v.optional(v.string()),
    approval: v.optional(
      v.looseObject({
        decision: v.picklist(["approve", "reject"]),
        by: text,
        question: v.optional(v.number()),
        reason: v.optional(v.string()),
      }),
    ),
  }),
  status: v.optional(
    v.looseObject({
      phase: v.picklist(RECORD_PHASES),
      holder: v.optional(v.string()),
      holdUntil: v.optional(time),
      wakeAt: v.optional(time),
      question: v.optional(v.number()),
      mode: v.optional(v.picklist(["enforce", "approval"])),
      matchedAt: v.optional(time),
      history: v.optional(
        v.array(
          v.looseObject({
            phase: v.picklist(RECORD_PHASES),
            reason: v.string(),
            endedAt: v.string(),
          }),
        ),
      ),
      waitedUntil: v.optional(time),
      waitingSince: v.optional(time),
      approveUntil: v.optional(time),
      deferUntil: v.optional(time),
      attempts: v.optional(v.pipe(v.number(), v.integer())),
      depth: v.optional(v.number()),
      loopRules: v.optional(v.string()),
      writes: v.optional(v.string()),
      heldBy: v.optional(v.string()),
      failingSince: v.optional(time),
      cause: v.optional(v.looseObject({ code: v.string(), message: v.string() })),
      plan: v.optional(
        v.looseObject({
          operations: v.array(v.unknown()),
          problem: v.optional(
            v.looseObject({
              phase: v.picklist(["Refused", "Failed", "Expired"]),
              code: text,
              message: v.string(),
            }),
          ),
          notes: v.optional(v.array(v.string())),
        }),
      ),
      steps: v.optional(
        v.array(
          v.looseObject({
            name: text,
            state: v.picklist(["planned", "started", "done", "failed"]),
            code: v.optional(v.string()),
            message: v.optional(v.string()),
          }),
        ),
      ),
    }),
  ),
});
