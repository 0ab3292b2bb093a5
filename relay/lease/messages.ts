import { KubemendError } from "../../core/errors.ts";
import type { Lease } from "../../adapters/kubernetes/lease/lease.ts";

/** Why a Lease that this relay held is no longer its own. */
export function describeHolder(lease: Lease | undefined, identity: string): string {
  if (lease === undefined) return "it was deleted";
  if (lease.holder === identity) return "it is not as this relay wrote it";
  return lease.holder === "" ? "somebody released it" : `${lease.holder} holds it`;
}

/** Names the missing permission and what to do. */
export function toForbidden(store: string, cause: unknown): KubemendError {
  const [namespace, name] = store.split("/");
  const leases = `apiGroups: ["coordination.k8s.io"], resources: ["leases"]`;
  const rules = `{${leases}, verbs: ["create"]} and {${leases}, resourceNames: ["${name}"], verbs: ["get", "update"]}`;
  return new KubemendError(
    "Forbidden",
    `the relay may not read its Lease ${store}: add ${rules} to its Role in namespace ${namespace}, or run it with --lease off`,
    { retryable: false, cause, status: 403 },
  );
}
