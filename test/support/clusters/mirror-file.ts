import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A pipeline file with one rule, `mirror-shop`, which mirrors the ConfigMaps of `shop` to `backup-eu`. */
export function writeMirrorFile(folder: string): string {
  const path = join(folder, "pipeline.yaml");
  writeFileSync(
    path,
    `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: production }
clusters:
  - { name: backup-eu, uid: bbbbbbbb-0000-4000-8000-00000000000b, access: { secret: backup } }
rules:
  - id: mirror-shop
    on: { resource: configmaps, namespaces: [shop] }
    then: [ { mirror: { to: [backup-eu] } } ]
`,
  );
  return path;
}
