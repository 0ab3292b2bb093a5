import * as v from "valibot";
import { RECORD_API_VERSION } from "../remediation.ts";
import {
  storedClusterSchema,
  storedMetadataSchema,
  storedTime as time,
  type StoredMetadata,
} from "../stored-object.ts";

/**
 * The state of the copies of one rule in one target, a custom resource in the source cluster: `infra/crds/mirrors.yaml` is its schema for
 * the API server.
 */
export const MIRROR_KIND = "Mirror";
export const MIRROR_RESOURCE = "mirrors";

/**
 * - `InSync`: every change is applied as it arrives.
 * - `Comparing`: all objects are being compared; changes are applied as they arrive, too.
 * - `Behind`: the target was unreachable, or no write succeeded in it, for minutes. Changes are not applied; the comparison makes up for them.
 * - `NotCompared`: no comparison has come to its end for minutes. Changes are applied as they arrive.
 * - `Paused`: a person has paused the rule. Changes are not applied either.
 * - `Obsolete`: no rule of the pipeline mirrors to the target any more under this id.
 */
const MIRROR_STATES = [
  "InSync",
  "Comparing",
  "Behind",
  "NotCompared",
  "Paused",
  "Obsolete",
] as const;
export type MirrorState = (typeof MIRROR_STATES)[number];

/** The findings of a comparison: numbers of objects. */
export type ComparisonCounts = {
  /** Objects of the source. */
  readonly compared: number;
  /** Without a copy. */
  readonly missing: number;
  /** With a copy of another state of the object, or of other parameters of the rule. */
  readonly stale: number;
  /** With a copy that somebody has changed. */
  readonly drifted: number;
  /** Copies without an object. */
  readonly orphans: number;
  /** Objects whose failure was in a record at the end; of very many, some. */
  readonly failing?: number | undefined;
};

/**
 * An annotation of a Mirror. A new text, such as the time, asks for a comparison; it is read by the sweep. The status says which
 * request a comparison has answered, so that clocks do not matter and nobody has to take the annotation away.
 */
export const COMPARE_REQUEST_ANNOTATION = "kubemend.dev/compare-requested";
const REQUEST_MAX = 64;

/** The request for a comparison; undefined if there is none that can be stored. */
export function readCompareRequest({ annotations }: StoredMetadata): string | undefined {
  const text = isRecord(annotations) ? annotations[COMPARE_REQUEST_ANNOTATION] : undefined;
  return typeof text === "string" && text !== "" && text.length <= REQUEST_MAX ? text : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

export type MirrorStatus = {
  readonly state: MirrorState;
  /** Since when (RFC 3339 ms). */
  readonly since: string;
  /** Why, for people: what the target answered, or who has paused the rule. */
  readonly reason?: string | undefined;
  /** The first failure since the target was last reached (RFC 3339 ms). */
  readonly unreachableSince?: string | undefined;
  /** The first write that has failed since one succeeded, although the target answers (RFC 3339 ms). */
  readonly unwritableSince?: string | undefined;
  /** The object of that write: of one alone nothing follows. */
  readonly unwritableObject?: string | undefined;
  /** The first failure of a comparison since one has come to its end (RFC 3339 ms). */
  readonly failingSince?: string | undefined;
  /** Digest of the rule that the last comparison was by. */
  readonly ruleDigest?: string | undefined;
  readonly comparison?: ComparisonProgress | undefined;
  /** The namespaces of the target in which comparisons have seen to copies; absent if they look at all of them. */
  readonly namespaces?: readonly string[] | undefined;
  readonly lastComparison?:
    | (ComparisonCounts & RequestedComparison & { readonly finishedAt: string })
    | undefined;
};

/** The comparison in progress. It is stored here and not in messages, so that no message decides what was compared. */
export type ComparisonProgress = RequestedComparison & {
  /** When it last continued (RFC 3339 ms). */
  readonly continuedAt: string;
  /** Digest of the rule that it is by. */
  readonly digest?: string | undefined;
  /** The number of times that it has continued; absent at the beginning. */
  readonly step?: number | undefined;
  /** The place at which it continues, and what it has found; absent at the beginning. Only transfer reads it. */
  readonly cursor?: string | undefined;
};

type RequestedComparison = {
  readonly startedAt: string;
  /** The request that was there when it began. */
  readonly request?: string | undefined;
};

export type MirrorSpec = {
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly rule: string;
  /** The target's name in the pipeline. */
  readonly target: string;
};

export type Mirror = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMetadata;
  readonly spec: MirrorSpec;
  readonly status?: MirrorStatus | undefined;
};

/** Neither the id of a rule nor the name of a cluster has a dot. */
export function toMirrorName({ rule, target }: Pick<MirrorSpec, "rule" | "target">): string {
  return `${rule}.${target}`;
}

const text = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer());
const requested = { startedAt: time, request: v.optional(v.string()) };

/** The fields that a reader relies on. The structural schema of the CRD validates the rest. */
export const mirrorSchema: v.GenericSchema<unknown, Mirror> = v.looseObject({
  apiVersion: v.literal(RECORD_API_VERSION),
  kind: v.literal(MIRROR_KIND),
  metadata: storedMetadataSchema,
  spec: v.looseObject({ cluster: storedClusterSchema, rule: text, target: text }),
  status: v.optional(
    v.looseObject({
      state: v.picklist(MIRROR_STATES),
      since: time,
      reason: v.optional(v.string()),
      unreachableSince: v.optional(time),
      unwritableSince: v.optional(time),
      unwritableObject: v.optional(v.string()),
      failingSince: v.optional(time),
      ruleDigest: v.optional(v.string()),
      namespaces: v.optional(v.array(v.string())),
      comparison: v.optional(
        v.looseObject({
          ...requested,
          continuedAt: time,
          digest: v.optional(v.string()),
          step: v.optional(count),
          cursor: v.optional(v.string()),
        }),
      ),
      lastComparison: v.optional(
        v.looseObject({
          ...requested,
          finishedAt: time,
          compared: count,
          missing: count,
          stale: count,
          drifted: count,
          orphans: count,
          failing: v.optional(count),
        }),
      ),
    }),
  ),
});
