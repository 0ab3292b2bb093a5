import { KubemendError } from "../../../core/errors.ts";
import type { KubernetesClient } from "../http/client.ts";

/**
 * The user name that the cluster knows the client by. Throws `Refused` if the answer contains none.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/self-subject-review-v1/
 */
export async function readUserName(
  client: KubernetesClient,
  signal?: AbortSignal,
): Promise<string> {
  const head = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const review = await client.request<{ status?: { userInfo?: { username?: string } } }>({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    body: head,
    signal,
  });
  const username = review.status?.userInfo?.username;
  if (username !== undefined) return username;
  throw new KubemendError("Refused", "The cluster's answer does not contain your user name.", {
    retryable: false,
  });
}
