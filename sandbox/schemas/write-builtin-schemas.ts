/**
 * Writes core/schemas/data/kubernetes-<minor version>.json from the OpenAPI documents of the sandbox's API server: `npm run schemas`,
 * after the sandbox's Kubernetes was updated.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectKubeConfig } from "../../adapters/kubernetes/connect/kubeconfig-connection.ts";
import { ensureBinaries } from "../build/binaries.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { findProjectRoot } from "../host/project-root.ts";
import { readBuiltinSchemas } from "./read-builtin-schemas.ts";

const dataDir = mkdtempSync(join(tmpdir(), "kubemend-schemas-"));
const controlPlane = await startControlPlane({
  dataDir,
  binaries: await ensureBinaries({}),
  apiOnly: true,
});
try {
  const client = await connectKubeConfig({ kubeconfig: controlPlane.kubeconfig });
  const schemas = await readBuiltinSchemas(client, controlPlane.version);
  await client.close();
  const minor = controlPlane.version.split(".").slice(0, 2).join(".");
  const file = join(findProjectRoot(), "core", "schemas", "data", `kubernetes-${minor}.json`);
  writeFileSync(file, `${JSON.stringify(schemas, undefined, 2)}\n`);
} finally {
  await controlPlane.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
