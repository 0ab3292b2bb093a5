import { forEachConcurrently } from "../../../core/for-each-concurrently.ts";
import { readField } from "../../../core/json/read-json.ts";
import { MOVE_STEPS_RESOURCE } from "../../../events/moves/move-steps.ts";
import { MOVE_RESOURCE } from "../../../events/moves/move.ts";
import { RECORD_GROUP } from "../../../events/remediation.ts";
import type { KubernetesClient } from "../http/client.ts";

/** A right of the user of a client. */
type Right = {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  /** null: in all namespaces, or of a cluster-scoped resource. */
  readonly namespace: string | null;
};

const MOST_AT_ONCE = 8;
const EVERYTHING: Right = { group: "*", resource: "*", verb: "*", namespace: null };

/** The rights to create a Move in a namespace and to carry it out. */
export function listMoveRights(namespace: string): readonly Right[] {
  const group = RECORD_GROUP;
  const toRights = (resource: string, verbs: readonly string[], subresource?: string) =>
    verbs.map((verb) => ({
      group,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
      verb,
      namespace,
    }));
  return [
    ...toRights(MOVE_RESOURCE, ["create", "get", "execute"]),
    ...toRights(MOVE_RESOURCE, ["update"], "status"),
    ...toRights(MOVE_STEPS_RESOURCE, ["create", "get", "list", "update", "delete"]),
  ];
}

/**
 * The rights that the client's user lacks, as the API server answers.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
 */
export async function findMissingRights(
  client: KubernetesClient,
  rights: readonly Right[],
  signal: AbortSignal,
): Promise<readonly Right[]> {
  // An administrator has all of them: one question instead of dozens.
  if (rights.length === 0 || (await isAllowed(client, EVERYTHING, signal))) return [];
  const missing = new Set<Right>();
  await forEachConcurrently(rights, MOST_AT_ONCE, async (right) => {
    if (!(await isAllowed(client, right, signal))) missing.add(right);
  });
  return rights.filter((right) => missing.has(right));
}

async function isAllowed(
  client: KubernetesClient,
  { namespace, ...attributes }: Right,
  signal: AbortSignal,
): Promise<boolean> {
  const resourceAttributes = namespace === null ? attributes : { ...attributes, namespace };
  const review = await client.request({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes },
    },
    signal,
  });
  return readField(review, "status", "allowed") === true;
}
