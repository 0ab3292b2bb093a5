import type { Permission } from "../../actions/contract/action.ts";

/** The Lease by which relays take turns, if nothing else is said. */
export const DEFAULT_LEASE: { readonly namespace: string; readonly name: string } = {
  namespace: "kubemend",
  name: "kubemend-relay",
};

const LEASES = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };

/**
 * What a relay may do with its Lease. To create is a right of its own, because RBAC cannot restrict it to a name.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export function toHoldLease(name: string): readonly Permission[] {
  return [
    { ...LEASES, verbs: ["create"] },
    { ...LEASES, resourceNames: [name], verbs: ["get", "update"] },
  ];
}

/** What whoever watches a relay may do with its Lease. */
export function toReadLease(name: string): Permission {
  return { ...LEASES, resourceNames: [name], verbs: ["get"] };
}
