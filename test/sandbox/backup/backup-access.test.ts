import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCheckedPipelineFile } from "../../../adapters/checked-pipeline.ts";
import { findActingClusters } from "../../../core/pipeline/acting-clusters.ts";
import { withBackupAccess } from "../../../sandbox/backup/backup-cluster.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";

const access = { secret: "kubemend/backup" };

describe("withBackupAccess", () => {
  it("leads to the second cluster of the sandbox, and leaves other clusters and keys as they are", () => {
    const other = { name: "other", access };
    const document = { kind: "Pipeline", clusters: [{ name: "backup", uid: "x", access }, other] };
    expect(withBackupAccess(document, "/there.kubeconfig")).toEqual({
      kind: "Pipeline",
      clusters: [{ name: "backup", access: { kubeconfig: "/there.kubeconfig" } }, other],
    });
  });

  it("adds no clusters to a file without any", () => {
    expect(withBackupAccess({ kind: "Pipeline" }, "/x")).toEqual({ kind: "Pipeline" });
  });

  it.each([undefined, null, 1, [], "x"])("leaves %j as it is", (document) => {
    expect(withBackupAccess(document, "/x")).toEqual(document);
  });
});

it("sandbox/two-clusters.yaml is valid, and its rule acts in the second cluster", async () => {
  const file = join(findProjectRoot(), "sandbox", "two-clusters.yaml");
  const read = await readCheckedPipelineFile(file);
  expect(read.ok && findActingClusters(read.value.pipeline)).toEqual(["backup"]);
});
