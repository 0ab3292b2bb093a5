import * as v from "valibot";
import { readField, readTextMap } from "../../json/read-json.ts";
import type { CopiedTemplate, ReadOperation } from "../../operations/operation.ts";
import { toTemplateDigest } from "../../operations/source-digest.ts";
import { findResource } from "../../references/find-resource.ts";
import { ok, refuse, type Result } from "../../result.ts";
import { shorten } from "../../text/shorten.ts";
import type { Action, ActionState } from "../contract/action.ts";
import { toActingCatalog, toAddressBeside, toNotServed } from "../contract/cluster.ts";
import { createChangeAction } from "../contract/change-action.ts";
import {
  managedSchema,
  toRefusal,
  type LiveTarget,
  type Wanted,
} from "../contract/change-target.ts";
import { targetSchema, type Refusal, type TargetParameter } from "../contract/target.ts";
import { toRolloutCheck } from "../contract/workloads.ts";
import {
  CHANGE_CAUSE,
  findPrevious,
  REVISION_FIELDS,
  toRevisions,
  type Revision,
} from "./revisions.ts";

export type RollbackDeploymentParameters = {
  readonly target: TargetParameter;
  readonly toRevision?: number | undefined;
  readonly managed: "refuse" | "act";
};

const TARGETS = { kinds: { "deployments.apps": "Deployment" }, others: false };
const REPLICA_SETS = "replicasets.apps";
const CAUSE_MAX_LENGTH = 256;

/**
 * Returns a Deployment to an earlier revision, by the Pod template of a ReplicaSet that it controls, as `kubectl rollout undo` does. Refused,
 * besides what every action refuses, with NoRevision, SameTemplate and RolloutPaused.
 */
export const rollbackDeployment: Action<RollbackDeploymentParameters> = createChangeAction({
  name: "rollbackDeployment",
  targets: TARGETS,
  schema: v.strictObject({
    target: targetSchema(TARGETS),
    toRevision: v.optional(
      v.pipe(
        v.number("expected a number"),
        v.integer("expected an integer"),
        v.minValue(1, "expected a revision from 1, or none for the one before"),
      ),
    ),
    managed: managedSchema,
  }),
  writes: () => [
    { path: ["spec", "template"] },
    { path: ["metadata", "annotations", CHANGE_CAUSE] },
  ],
  more: [{ apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get", "list"] }],
  decide: (state, live) => {
    const { kind, name } = live.address;
    if (readField(live.object, "spec", "paused") === true) {
      const message = `${kind} ${name} is paused, so nothing would be rolled back: resume it`;
      return toRefusal("RolloutPaused", message);
    }
    const answer = state.observed.get("replicaSets");
    return answer?.type === "list"
      ? toWanted(state, live, toRevisions(answer.items, live.address.uid))
      : toReads(state, live);
  },
});

function toReads(
  state: ActionState<RollbackDeploymentParameters>,
  { object, address }: LiveTarget,
): { readonly reads: readonly ReadOperation[] } | Result<Wanted, Refusal> {
  const entry = findResource(toActingCatalog(state), REPLICA_SETS);
  if (entry === undefined) return refuse(toNotServed(state, REPLICA_SETS));
  const labels = readTextMap(readField(object, "spec", "selector", "matchLabels"));
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const target = toAddressBeside(entry, address);
  return {
    reads: [{ type: "list", as: "replicaSets", target, labelSelector, fields: REVISION_FIELDS }],
  };
}

function toWanted(
  { parameters: { toRevision }, rule }: ActionState<RollbackDeploymentParameters>,
  { object, address }: LiveTarget,
  revisions: readonly Revision[],
): Result<Wanted, Refusal> {
  const name = `Deployment ${address.name}`;
  const digest = toTemplateDigest(readField(object, "spec", "template"));
  const to =
    toRevision === undefined
      ? findPrevious(revisions, digest)
      : revisions.find(({ numbers }) => numbers.includes(toRevision));
  if (to === undefined)
    return toRefusal("NoRevision", describeMissing(name, toRevision, revisions));
  if (to.digest === digest) {
    const message = `${name} has the Pod template of revision ${to.number} already`;
    return toRefusal("SameTemplate", message);
  }
  const { replicaSet, number, cause } = to;
  const { uid, name: source, generation } = replicaSet.metadata;
  const { version } = address;
  const kinds = { group: "apps", version, resource: "replicasets", kind: "ReplicaSet" };
  const of = toAddressBeside(kinds, address);
  const template: CopiedTemplate = {
    source: { ...of, name: source, uid },
    digest: to.digest,
    ...toGeneration("generation", generation),
    fromDigest: digest,
    ...toGeneration("fromGeneration", object.metadata["generation"]),
  };
  const before = cause === undefined ? "" : `: ${cause}`;
  const written = shorten(
    `Kubemend rule ${rule.id} rolled back to revision ${number}${before}`,
    CAUSE_MAX_LENGTH,
  );
  return ok({
    fields: [{ path: ["metadata", "annotations", CHANGE_CAUSE], to: written, overwrite: true }],
    template,
    check: toRolloutCheck("Deployment"),
  });
}

function toGeneration<K extends string>(
  key: K,
  generation: unknown,
): { readonly [field in K]?: number } {
  return typeof generation === "number" ? ({ [key]: generation } as Record<K, number>) : {};
}

function describeMissing(
  name: string,
  wanted: number | undefined,
  revisions: readonly Revision[],
): string {
  const numbers = revisions.map(({ number }) => number).join(", ");
  if (revisions.length === 0) {
    return `${name} has no ReplicaSets of earlier revisions: it has had no other one, or spec.revisionHistoryLimit keeps none`;
  }
  return wanted === undefined
    ? `${name} had no other version before the present one: it has the revisions ${numbers}, and toRevision may name one of them`
    : `${name} has no revision ${wanted}: it has ${numbers}`;
}
