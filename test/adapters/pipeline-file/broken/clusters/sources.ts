import { HEAD, type BrokenFile } from "../rule-file.ts";

const EU =
  "{ name: backup-eu, uid: eeeeeeee-0000-4000-8000-00000000000e, access: { kubeconfig: a } }";
const US = "{ name: backup-us, access: { kubeconfig: b } }";
const US_WITH_UID =
  "{ name: backup-us, uid: aaaaaaaa-0000-4000-8000-00000000000a, access: { kubeconfig: b } }";

/** A pipeline with two other clusters, of which one has a uid, and a rule that takes changes of these clusters. */
const rule = (sources: string, action: string, clusters = [EU, US], resource = "configmaps") => {
  const lines = ["id: a", `on: { resource: ${resource}, clusters: ${sources} }`];
  const all = [...lines, ...(action.includes("mirror") ? [] : ["once: change"])];
  return `${HEAD}clusters: [${clusters.join(", ")}]\nrules:\n  - ${all.join("\n    ")}\n    then: [ ${action} ]\n`;
};
const ALERT = "{ alert: { to: ops, summary: \"'x'\" } }";
const label = (target: string): string => `{ label: { target: ${target}, set: { a: b } } }`;

/** Sources that are wrong in a way that JSON Schema sees too. */
export const SOURCE_SHAPES: readonly BrokenFile[] = [
  ["a rule without a source", rule("[]", ALERT), /is empty: leave it out for the pipeline's own/],
];

/** Sources that are wrong in a way that JSON Schema does not see. */
export const SOURCES: readonly BrokenFile[] = [
  ["a source that is named twice", rule("[backup-eu, backup-eu]", ALERT), /names a cluster twice/],
  [
    "a source that no entry of clusters names",
    rule("[backup-ue]", ALERT),
    /rules\[0\]\.on\.clusters\[0\].*names no cluster backup-ue/,
    /did you mean backup-eu/,
  ],
  [
    "a source without a uid",
    rule("[backup-us]", ALERT),
    /clusters\[1\].*rules take changes of the cluster backup-us, and its uid is missing/,
    /kubectl get namespace kube-system/,
  ],
  [
    "a uid that is no uid",
    rule("[backup-eu]", ALERT, [EU, "{ name: b, uid: Prod, access: { kubeconfig: b } }"]),
    /clusters\[1\]\.uid.*a UUID in small letters/,
    /kubectl get namespace kube-system/,
  ],
  [
    "two clusters with one uid",
    rule("[backup-eu]", ALERT, [
      EU,
      "{ name: b, uid: eeeeeeee-0000-4000-8000-00000000000e, access: { kubeconfig: b } }",
    ]),
    /clusters\[1\]\.uid.*another cluster already has this uid/,
  ],
  [
    "an action in the cluster of the change",
    rule("[backup-eu]", label("{ cluster: backup-eu }")),
    /backup-eu is a cluster whose changes the rule takes/,
    /leave cluster out/,
  ],
  [
    "an action in one of several sources",
    rule("[prod, backup-eu]", label("{ cluster: prod }")),
    /prod is a cluster whose changes the rule takes/,
    /a rule for the changes of each cluster/,
  ],
  [
    "a mirror to its only source",
    rule("[backup-eu]", "{ mirror: { to: [backup-eu] } }"),
    /backup-eu is a cluster whose objects the rule mirrors, and its only target/,
  ],
  [
    "three clusters that adopt from each other",
    rule(
      "[prod, backup-eu, backup-us]",
      "{ mirror: { to: [prod, backup-eu, backup-us], conflict: adopt } }",
      [EU, US_WITH_UID],
    ),
    /rules\[0\]\.then\[0\]\.mirror\.conflict.*prod, backup-eu, backup-us would adopt each other/,
    /take conflict: adopt away.*on\.clusters: \[prod\], to: \[backup-eu, backup-us\]/,
  ],
];
