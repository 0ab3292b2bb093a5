import type { KubernetesObject } from "../../../events/change.ts";
import { EACH, type FieldPattern } from "../../json/field-pattern.ts";
import { readField, readList, readTextMap } from "../../json/read-json.ts";
import { toTemplateDigest } from "../../operations/source-digest.ts";

const REVISION = "deployment.kubernetes.io/revision";
/** The earlier revisions of a ReplicaSet to which the Deployment has returned, separated by commas. */
const HISTORY = "deployment.kubernetes.io/revision-history";
export const CHANGE_CAUSE = "kubernetes.io/change-cause";

/** The fields of a ReplicaSet that `toRevisions` reads. */
export const REVISION_FIELDS: readonly FieldPattern[] = [
  ["metadata", "ownerReferences", EACH],
  ["metadata", "annotations", REVISION],
  ["metadata", "annotations", HISTORY],
  ["metadata", "annotations", CHANGE_CAUSE],
  ["metadata", "deletionTimestamp"],
  ["metadata", "generation"],
  ["spec", "template"],
];

/** A ReplicaSet of a Deployment. */
export type Revision = {
  /** Its number; that of the newest one is the Deployment's. */
  readonly number: number;
  /** All numbers that it has had. */
  readonly numbers: readonly number[];
  readonly digest: string;
  readonly cause: string | undefined;
  readonly replicaSet: KubernetesObject;
};

/** The ReplicaSets that this Deployment controls, the newest revision first. */
export function toRevisions(
  replicaSets: readonly KubernetesObject[],
  deploymentUid: string,
): readonly Revision[] {
  return replicaSets
    .filter((one) => isControlledBy(one, deploymentUid))
    .filter((one) => readField(one, "metadata", "deletionTimestamp") === undefined)
    .flatMap((replicaSet) => {
      const annotations = readTextMap(readField(replicaSet, "metadata", "annotations"));
      const number = toNumber(annotations[REVISION]);
      if (number === undefined) return [];
      const history = annotations[HISTORY]?.split(",").map(toNumber) ?? [];
      const numbers = [number, ...history.filter((one) => one !== undefined)];
      const digest = toTemplateDigest(readField(replicaSet, "spec", "template"));
      return [{ number, numbers, digest, cause: annotations[CHANGE_CAUSE], replicaSet }];
    })
    .toSorted((one, other) => other.number - one.number);
}

/**
 * The version that was in use before the one with this digest came up for the first time. A version that came later is none to return to:
 * whoever has rolled back from it does not want it again. So two rollbacks in a row go back by two versions.
 */
export function findPrevious(revisions: readonly Revision[], digest: string): Revision | undefined {
  const own = revisions.filter((one) => one.digest === digest);
  // The history of a ReplicaSet may be longer than the arguments that a function takes.
  const first = own
    .flatMap(({ numbers }) => numbers)
    .reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  return revisions.find((one) => one.digest !== digest && one.number < first);
}

function isControlledBy(object: KubernetesObject, uid: string): boolean {
  return readList(readField(object, "metadata", "ownerReferences")).some(
    (owner) => readField(owner, "uid") === uid && readField(owner, "controller") === true,
  );
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}
