import * as v from "valibot";

/** An EndpointSlice has at most 1,000 endpoints, and everything that is found must fit into a message. */
export const MAX_REFERENCES = 1_000;

/** How a reference was completed. `live`, for a uid confirmed by a GET, is part of the contract, but nothing sets it at present. */
export type Provenance = "explicit" | "discovery" | "builtin" | "owner" | "live";

export type ResolvedReference = {
  readonly outcome: "resolved";
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural name, in lower case. */
  readonly resource: string;
  /** null if cluster-scoped. */
  readonly namespace: string | null;
  readonly name: string;
  readonly uid?: string | undefined;
  readonly provenance: Provenance;
};

export type UnresolvedReason =
  | "malformed"
  | "missing-name"
  | "contradiction"
  | "not-served"
  | "unknown-kind"
  | "ambiguous";

export type UnresolvedReference = {
  readonly outcome: "unresolved";
  readonly reason: UnresolvedReason;
  /** apiVersions that the reference could mean; set for `ambiguous` and `not-served`. */
  readonly candidates: readonly string[];
};

export type ReferenceResult = ResolvedReference | UnresolvedReference;

/** A reference that was found in an object, and where. */
export type FoundReference = {
  /** Path in the object that carries it, with indexes in brackets: `metadata.ownerReferences[0]`. */
  readonly field: string;
  /** Its relation to the object that carries it, one of REFERENCE_RELATIONS; readers treat an unknown one as `path`. */
  readonly relation: string;
  readonly result: ReferenceResult;
};

export const REFERENCE_RELATIONS = [
  "owner",
  "controller",
  "involved",
  "related",
  "scaleTarget",
  "target",
  "claim",
  "dataSource",
  "role",
  "subject",
  "parent",
  "backend",
  "node",
  "path",
] as const;
export type ReferenceRelation = (typeof REFERENCE_RELATIONS)[number];

export const referenceResultSchema: v.GenericSchema<unknown, ReferenceResult> = v.variant(
  "outcome",
  [
    v.looseObject({
      outcome: v.literal("resolved"),
      apiVersion: v.string(),
      kind: v.string(),
      resource: v.string(),
      namespace: v.nullable(v.string()),
      name: v.string(),
      uid: v.optional(v.string()),
      provenance: v.picklist(["explicit", "discovery", "builtin", "owner", "live"]),
    }),
    v.looseObject({
      outcome: v.literal("unresolved"),
      reason: v.picklist([
        "malformed",
        "missing-name",
        "contradiction",
        "not-served",
        "unknown-kind",
        "ambiguous",
      ]),
      candidates: v.pipe(v.array(v.string()), v.maxLength(MAX_REFERENCES)),
    }),
  ],
);

export const foundReferencesSchema: v.GenericSchema<unknown, readonly FoundReference[]> = v.pipe(
  v.array(
    v.looseObject({ field: v.string(), relation: v.string(), result: referenceResultSchema }),
  ),
  v.maxLength(MAX_REFERENCES),
);
