import { afterAll, expect, it } from "vitest";
import { ofCluster } from "../../../cli/doctor/of-cluster.ts";
import { passed, type Check } from "../../../cli/doctor/finding.ts";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { writeSourcesFile } from "../../support/clusters/sources-file.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";
import { createScriptedClient } from "../../support/kubernetes/scripted-client.ts";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const noteRules =
  (seen: string[][]) =>
  ({ rules }: Pipeline): Check =>
  async () => {
    seen.push(rules.map(({ id }) => id));
    return [passed("rules", "seen")];
  };

it("a cluster is checked by the rules that take its changes", async () => {
  const read = await readPipelineFile(writeSourcesFile(folder.path));
  if (!read.ok) throw new Error("not valid");
  const seen: string[][] = [];
  for (const uid of ["eeeeeeee-0000-4000-8000-00000000000e", "any"]) {
    const { client } = createScriptedClient(() => ({
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid } },
    }));
    await ofCluster(client, read.value.pipeline, noteRules(seen))(AbortSignal.timeout(10_000));
  }
  expect(seen).toEqual([
    ["both", "only-eu"],
    ["both", "only-prod"],
  ]);
});
