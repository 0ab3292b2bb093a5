import * as v from "valibot";
import { RECORD_API_VERSION } from "./remediation.ts";
import {
  storedClusterSchema,
  storedMetadataSchema,
  storedTime as time,
  type StoredMetadata,
} from "./stored-object.ts";

/** The counts of the guards of one rule, a custom resource in the source cluster: `infra/crds/ruleguards.yaml` is its schema for the API server. */
export const GUARD_KIND = "RuleGuard";
export const GUARD_RESOURCE = "ruleguards";

/** The guard of this name pauses every rule. */
export const ALL_GUARD = "all";

/** A label of every guard: its own name. One request for two values reads the guard of a rule together with the one that pauses all. */
export const GUARD_LABEL = "kubemend.dev/guard";

/** Set by a person: nothing is started. */
export type GuardPause = {
  readonly reason?: string | undefined;
  /** RFC 3339; absent: until somebody resumes it. */
  readonly until?: string | undefined;
  /** Who has set it: the user name that the cluster knows them by. */
  readonly by?: string | undefined;
};

/** One match of the rule, keyed by its record: every number of a guard is counted from these. */
export type GuardEntry = {
  /** The digest at the end of the record's name. */
  readonly id: string;
  /** The object that the record is about, as a digest of its uid. */
  readonly target: string;
  /** When it was first seen (RFC 3339 ms), if matches are counted. */
  readonly seenAt?: string | undefined;
  /** When it was admitted (RFC 3339 ms). */
  readonly admittedAt?: string | undefined;
  /** When its record ended (RFC 3339 ms); absent: it is in progress, or its end has not been read yet. */
  readonly endedAt?: string | undefined;
  /** How it ended. `unknown`: it was done, and nobody knows whether it worked. */
  readonly outcome?: "succeeded" | "failed" | "unknown" | undefined;
};

export type GuardStatus = {
  /** The cluster whose remediations it guards, for the wake-ups of those that wait. */
  readonly cluster?: { readonly name: string; readonly uid: string } | undefined;
  readonly entries?: readonly GuardEntry[] | undefined;
  /** A storm of matches: nothing is started before `until` (RFC 3339 ms), which each further match puts off. */
  readonly storm?: { readonly since: string; readonly until: string } | undefined;
  /** When the records that wait are checked again (RFC 3339 ms); absent: none waits. */
  readonly wakeAt?: string | undefined;
};

export type RuleGuard = {
  readonly apiVersion: string;
  readonly kind: string;
  /** Its name is the id of its rule, or `all`. */
  readonly metadata: StoredMetadata;
  readonly spec?: { readonly paused?: GuardPause | undefined } | undefined;
  readonly status?: GuardStatus | undefined;
};

const text = v.pipe(v.string(), v.nonEmpty());

/** The fields that a reader relies on. The structural schema of the CRD validates the rest. */
export const ruleGuardSchema: v.GenericSchema<unknown, RuleGuard> = v.looseObject({
  apiVersion: v.literal(RECORD_API_VERSION),
  kind: v.literal(GUARD_KIND),
  metadata: storedMetadataSchema,
  spec: v.optional(
    v.looseObject({
      paused: v.optional(
        v.looseObject({
          reason: v.optional(v.string()),
          until: v.optional(text),
          by: v.optional(v.string()),
        }),
      ),
    }),
  ),
  status: v.optional(
    v.looseObject({
      cluster: v.optional(storedClusterSchema),
      entries: v.optional(
        v.array(
          v.looseObject({
            id: text,
            target: text,
            seenAt: v.optional(time),
            admittedAt: v.optional(time),
            endedAt: v.optional(time),
            outcome: v.optional(v.picklist(["succeeded", "failed", "unknown"])),
          }),
        ),
      ),
      storm: v.optional(v.looseObject({ since: time, until: time })),
      wakeAt: v.optional(time),
    }),
  ),
});
