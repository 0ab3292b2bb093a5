import { toGroup } from "./api-version.ts";
import { readOwn } from "../json/read-json.ts";

/** The default that the API of the carrier defines for what a reference in a field leaves out. */
export type FieldDefault = {
  readonly group: string;
  /** Set only if the kind has a default too. */
  readonly kind?: string | undefined;
};

type Row = {
  readonly groups: readonly string[];
  /** Absent = every kind of these groups. */
  readonly kinds?: readonly string[];
  readonly field: RegExp;
  readonly value: FieldDefault | ((kind: string | undefined) => FieldDefault | undefined);
};

const RBAC = "rbac.authorization.k8s.io";
const BINDINGS = { groups: [RBAC], kinds: ["RoleBinding", "ClusterRoleBinding"] };
const GATEWAY = "gateway.networking.k8s.io";

const ROWS: readonly Row[] = [
  // https://gateway-api.sigs.k8s.io/reference/spec/#parentreference
  {
    groups: [GATEWAY],
    field: /^spec\.parentRef(?:s\[\d+\])?$/,
    value: { group: GATEWAY, kind: "Gateway" },
  },
  // https://gateway-api.sigs.k8s.io/reference/spec/#backendobjectreference
  {
    groups: [GATEWAY],
    field: /\.backendRef(?:s\[\d+\])?$/,
    value: { group: "", kind: "Service" },
  },
  // https://gateway-api.sigs.k8s.io/reference/spec/#secretobjectreference
  { groups: [GATEWAY], field: /\.certificateRefs\[\d+\]$/, value: { group: "", kind: "Secret" } },
  // https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/role-binding-v1/
  { ...BINDINGS, field: /^roleRef$/, value: { group: RBAC } },
  {
    ...BINDINGS,
    field: /^subjects\[\d+\]$/,
    value: (kind) => {
      if (kind === "ServiceAccount") return { group: "" };
      return kind === "User" || kind === "Group" ? { group: RBAC } : undefined;
    },
  },
  // The binder treats every claimRef as a claim: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reserving-a-persistentvolume
  {
    groups: [""],
    kinds: ["PersistentVolume"],
    field: /^spec\.claimRef$/,
    value: { group: "", kind: "PersistentVolumeClaim" },
  },
  // https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/
  {
    groups: [""],
    kinds: ["PersistentVolumeClaim"],
    field: /^spec\.dataSource(?:Ref)?$/,
    value: { group: "" },
  },
  // https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/resource-claim-v1/#ResourceClaimStatus
  {
    groups: ["resource.k8s.io"],
    kinds: ["ResourceClaim"],
    field: /^status\.reservedFor\[\d+\]$/,
    value: { group: "" },
  },
  // https://keda.sh/docs/latest/reference/scaledobject-spec/
  {
    groups: ["keda.sh"],
    kinds: ["ScaledObject"],
    field: /^spec\.scaleTargetRef$/,
    value: { group: "apps", kind: "Deployment" },
  },
  {
    groups: ["keda.sh"],
    field: /^spec\.triggers\[\d+\]\.authenticationRef$/,
    value: { group: "keda.sh", kind: "TriggerAuthentication" },
  },
  // https://cert-manager.io/docs/reference/api-docs/#meta.cert-manager.io/v1.ObjectReference
  {
    groups: ["cert-manager.io", "acme.cert-manager.io"],
    field: /^spec\.issuerRef$/,
    value: { group: "cert-manager.io", kind: "Issuer" },
  },
  // https://external-secrets.io/latest/api/spec/#external-secrets.io/v1.SecretStoreRef
  {
    groups: ["external-secrets.io"],
    field: /\.secretStoreRef$/,
    value: { group: "external-secrets.io", kind: "SecretStore" },
  },
];

/**
 * The default of a field, by the carrier's group and kind and the path of the field in the carrier. A default completes what
 * is missing. It never overrules what is written, or the only group that serves the written kind.
 */
export function toFieldDefault(
  carrier: unknown,
  field: string,
  kind: string | undefined,
): FieldDefault | undefined {
  const group = toGroup(readOwn(carrier, "apiVersion"));
  const carrierKind = readOwn(carrier, "kind");
  if (group === undefined || typeof carrierKind !== "string") return undefined;
  const row = ROWS.find(
    (row) =>
      row.groups.includes(group) &&
      (row.kinds === undefined || row.kinds.includes(carrierKind)) &&
      row.field.test(field),
  );
  if (row === undefined) return undefined;
  return typeof row.value === "function" ? row.value(kind) : row.value;
}
