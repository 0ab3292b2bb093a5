import { join } from "node:path";
import { expect, test } from "vitest";
import { usageHints } from "../../../cli/sandbox/usage-hints.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";

const info = {
  kubeconfig: "/data/one/kubeconfig",
  apiServer: "https://127.0.0.1:4321",
  namespace: "demo",
  sqs: { endpoint: "http://127.0.0.1:1", region: "us-east-1", queues: {} },
};

test("the example is printed only for the sandbox's own pipeline", () => {
  const own = join(findProjectRoot(), "sandbox", "pipeline.yaml");
  expect(usageHints({ info, bare: false, config: own })).toContain("nightly.yaml");
  expect(usageHints({ info, bare: false, config: "/rules/a.yaml" })).not.toContain("nightly.yaml");
  expect(usageHints({ info, bare: true })).not.toContain("nightly.yaml");
});

test("the logs are named with the sandbox's folder", () => {
  expect(usageHints({ info, bare: false, config: "/rules/a.yaml" })).toContain(
    "npx kubemend sandbox logs --follow --data-dir /data/one",
  );
});
