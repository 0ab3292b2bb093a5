import { join } from "node:path";
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../events/change.ts";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";
import { decideExample } from "./decide-example.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const FILES = ["sandbox/pipeline.yaml", "docs/examples/02-alert-only.yaml"];

/** The Event of the CronJob controller about an active Job that has the CronJob as its controller, and that it did not create. */
const UNEXPECTED: KubernetesObject = {
  apiVersion: "v1",
  kind: "Event",
  metadata: {
    name: "nightly.17f0c3",
    namespace: "shop",
    uid: "6f0b8c1e-0b7b-4c39-8a55-0d1f1c6d0203",
  },
  type: "Warning",
  reason: "UnexpectedJob",
  message: "Saw a job that the controller did not create or forgot: nightly-d87e2dd7fd84",
  involvedObject: { apiVersion: "batch/v1", kind: "CronJob", namespace: "shop", name: "nightly" },
};
const FAILED: KubernetesObject = {
  ...UNEXPECTED,
  reason: "BackoffLimitExceeded",
  message: "Job has reached the specified backoff limit",
};

test.each(FILES)("%s reports no warning that a Job of Kubemend's own causes", async (file) => {
  const read = await readPipelineFile(join(ROOT, file));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const outcomes = (object: KubernetesObject): readonly string[] =>
    decideExample(read.value.pipeline, object).decisions.map(({ outcome }) => outcome);
  expect(outcomes(FAILED)).toEqual(["matched"]);
  expect(outcomes(UNEXPECTED)).toEqual(["notMatched"]);
});
