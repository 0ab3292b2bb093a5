/** A request that a policy refuses to everybody but the functions. */
export type Probe = { readonly path: string; readonly body: unknown };

const NAMESPACE = "/apis/kubemend.dev/v1alpha1/namespaces/kubemend";
const HEAD = { apiVersion: "kubemend.dev/v1alpha1" };
const metadata = { name: "probe-of-the-policy", namespace: "kubemend" };

/** A record that only the remediate function may create. */
const RECORD = {
  ...HEAD,
  kind: "Remediation",
  metadata,
  spec: {
    cluster: { name: "probe", uid: "probe" },
    rule: { id: "probe", digest: "probe" },
    onceKey: "probe",
    mode: "dryRun",
    change: { id: "probe", kind: "modified", time: "2026-01-01T00:00:00.000Z" },
    trigger: {
      group: "",
      version: "v1",
      resource: "pods",
      kind: "Pod",
      namespaced: true,
      namespace: "default",
      name: "probe",
      uid: "probe",
      resourceVersion: "1",
    },
    references: [],
    traceparent: "probe",
  },
};

/** The request by which each of our policies shows that it is in effect, by the name of the policy. */
export const PROBES: Readonly<Record<string, Probe>> = {
  "remediations.kubemend.dev": { path: `${NAMESPACE}/remediations`, body: RECORD },
  // Without its label.
  "ruleguards.kubemend.dev": {
    path: `${NAMESPACE}/ruleguards`,
    body: { ...HEAD, kind: "RuleGuard", metadata },
  },
  "mirrors.kubemend.dev": {
    path: `${NAMESPACE}/mirrors`,
    body: {
      ...HEAD,
      kind: "Mirror",
      metadata,
      spec: { cluster: { name: "probe", uid: "probe" }, rule: "probe", target: "probe" },
    },
  },
  // Without its label.
  "moves.kubemend.dev": {
    path: `${NAMESPACE}/movesteps`,
    body: {
      ...HEAD,
      kind: "MoveSteps",
      metadata,
      spec: { move: { name: "probe", uid: "probe" }, plan: "probe", index: 1, objects: [] },
    },
  },
  "alerts.kubemend.dev": {
    path: `${NAMESPACE}/alertgroups`,
    body: {
      ...HEAD,
      kind: "AlertGroup",
      metadata,
      spec: {
        cluster: { name: "probe", uid: "probe" },
        rule: "probe",
        to: "probe",
        class: "match",
        key: "",
      },
      status: { windowSeconds: 1, repeatSeconds: 1, open: [] },
    },
  },
};
