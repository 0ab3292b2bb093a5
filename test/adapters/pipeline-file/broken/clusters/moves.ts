import { HEAD, type BrokenFile } from "../rule-file.ts";

const EU =
  "{ name: backup-eu, uid: eeeeeeee-0000-4000-8000-00000000000e, access: { kubeconfig: a } }";
const US = "{ name: backup-us, access: { kubeconfig: b } }";

const moves = (grant: string): string =>
  `${HEAD}clusters: [${EU}, ${US}]\nwatch: [{ resource: pods }]\nmoves:\n  - ${grant}\n`;

/** Moves that are wrong in a way that JSON Schema sees too. */
export const MOVE_SHAPES: readonly BrokenFile[] = [
  [
    "moves to nowhere",
    moves("{ resources: [configmaps] }"),
    /moves\[0\]\.to is missing|to is missing/,
  ],
  ["moves of nothing", moves("{ to: [backup-eu], resources: [] }"), /resources.*is empty/],
  [
    "moves with an unknown key",
    moves("{ to: [backup-eu], resources: [configmaps], namespace: [shop] }"),
    /unknown key "namespace"/,
    /did you mean namespaces/,
  ],
  [
    "moves of all namespaces of a pattern",
    moves('{ to: [backup-eu], resources: [configmaps], namespaces: ["team-*"] }'),
    /moves\[0\]\.namespaces\[0\].*"team-\*" is no name of a namespace/,
    /^name each namespace, or leave namespaces out to move from all of them$/,
  ],
  [
    "moves of all namespaces with a label",
    moves("{ to: [backup-eu], resources: [configmaps], namespaces: { labelSelector: team=a } }"),
    /moves\[0\]\.namespaces.*expected a list of namespace names/,
    /^name each namespace, or leave namespaces out to move from all of them$/,
  ],
  [
    "moves of one namespace that is no list",
    moves("{ to: [backup-eu], resources: [configmaps], namespaces: shop }"),
    /expected a list of namespace names/,
    /^write namespaces: \[shop\]$/,
  ],
];

/** Moves that are wrong in a way that JSON Schema does not see. */
export const MOVES: readonly BrokenFile[] = [
  [
    "moves to a cluster that no entry of clusters names",
    moves("{ to: [backup-ue], resources: [configmaps] }"),
    /moves\[0\]\.to\[0\].*names no cluster backup-ue/,
    /did you mean backup-eu/,
  ],
  [
    "moves to the cluster of the objects",
    moves("{ to: [backup-eu], from: [backup-eu], resources: [configmaps] }"),
    /moves\[0\]\.to.*backup-eu is the cluster that the objects are in/,
    /name one of clusters/,
  ],
  [
    "moves from a cluster without a uid",
    moves("{ to: [backup-eu], from: [backup-us], resources: [configmaps] }"),
    /clusters\[1\].*moves are from the cluster backup-us, and its uid is missing/,
    /kubectl get namespace kube-system/,
  ],
  [
    "moves of a resource with its version",
    moves("{ to: [backup-eu], resources: [deployments.v1.apps] }"),
    /moves\[0\]\.resources\[0\].*names a version/,
    /write deployments\.apps/,
  ],
  [
    "moves of what is in no namespace, from one",
    moves(
      "{ to: [backup-eu], resources: [clusterroles.rbac.authorization.k8s.io], namespaces: [shop] }",
    ),
    /moves\[0\]\.resources\[0\].*are in no namespace/,
    /without namespaces/,
  ],
  [
    "moves with a pause that is nothing",
    moves("{ to: [backup-eu], resources: [configmaps], pause: [{ resource: configmaps }] }"),
    /moves\[0\]\.pause\[0\].*either a field or an annotation/,
  ],
];
