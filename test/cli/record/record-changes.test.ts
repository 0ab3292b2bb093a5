import { expect, test } from "vitest";
import { recordChanges } from "../../../cli/record/record-changes.ts";
import { createRecordReport } from "../../../cli/record/report.ts";
import { openJournal } from "../../../adapters/journal/open-journal.ts";
import { KubemendError } from "../../../core/errors.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planRelay } from "../../../relay/plan/planned-watch.ts";
import { configMap } from "../../support/relay/change.ts";
import { impatientClock, TIMES } from "../../support/relay/reflector.ts";
import { bookmark, createScriptedClient, event } from "../../support/kubernetes/scripted-client.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const PIPELINE = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "c" },
  watch: [{ resource: "configmaps" }],
};

/** Records a cluster in which one ConfigMap changes, until `append` throws. */
async function run(append: (bodies: readonly string[]) => Promise<void>) {
  using folder = temporaryFolder();
  const journal = openJournal({ stateDir: folder.path, clusterUid: "cluster-uid" });
  const pipeline = parsePipeline(PIPELINE);
  if (!pipeline.ok) throw new Error("the test's pipeline is invalid");
  const { client } = createScriptedClient(() => ({
    lines: [
      event("ADDED", configMap("a", "1")),
      bookmark("2", true),
      event("MODIFIED", configMap("a", "3")),
    ],
    stayOpen: true,
  }));
  const report = createRecordReport({ stream: { write: () => true }, nowMs: () => 0 });
  const watches = planRelay(pipeline.value, builtinCatalog(), "cluster-uid");
  const deps = { client, clock: impatientClock, times: TIMES, watches, journal, report };
  try {
    await recordChanges({ ...deps, recording: { append } }, new AbortController().signal);
  } finally {
    journal.close();
  }
}

test("a full disk ends the recording with its reason, instead of being retried forever", async () => {
  const full = new KubemendError("Invalid", "cannot write the recording: ENOSPC", {
    retryable: false,
  });
  await expect(run(() => Promise.reject(full))).rejects.toBe(full);
});
