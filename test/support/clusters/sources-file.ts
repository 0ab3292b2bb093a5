import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A pipeline file with rules for changes of the clusters `prod`, which is its own, and `eu`; `target` is only acted in. */
export function writeSourcesFile(folder: string): string {
  const path = join(folder, "sources.yaml");
  writeFileSync(
    path,
    `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
clusters:
  - { name: eu, uid: eeeeeeee-0000-4000-8000-00000000000e, access: { secret: eu } }
  - { name: target, access: { secret: target } }
rules:
  - id: both
    on: { resource: configmaps, namespaces: [shop], clusters: [prod, eu] }
    once: change
    then: [ { label: { set: { seen-in: { cel: cluster.name } } } } ]
  - id: only-eu
    on: { resource: secrets, namespaces: [shop], clusters: [eu] }
    then: [ { mirror: { to: [target] } } ]
  - id: only-prod
    on: { resource: pods, namespaces: [shop] }
    then: [ { deleteObject: {} } ]
`,
  );
  return path;
}
