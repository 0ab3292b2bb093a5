import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { createNormalize } from "../../../functions/normalize/normalize.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { toQueueUrl } from "../../adapters/lambda/invocation.ts";
import { DONE, type Process } from "./scenario.ts";

/** The real normalize; its pipeline has no rules, so that every message that it can parse succeeds. */
export function createNormalizeProcess(client: SQSClient): Process {
  const pipeline = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    watch: [{ resource: "pods" }],
  });
  if (!pipeline.ok) throw new Error("the test's pipeline is invalid");
  const normalize = createNormalize({
    pipeline: pipeline.value,
    client: { server: "", request: unreachable, stream: unreachable, close: unreachable },
    discovery: { catalog: unreachable, refresh: unreachable },
    clusterUid: unreachable,
    queues: client,
    remediationsQueueUrl: toQueueUrl("remediations.fifo"),
    transfersQueueUrl: toQueueUrl("transfers.fifo"),
    alertsQueueUrl: toQueueUrl("alerts"),
    wakeupsQueueUrl: toQueueUrl("wakeups"),
    now: () => "2026-01-01T00:00:00.000Z",
  });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const telemetry = { logger, count() {} };
  const context = { signal: new AbortController().signal, deadlineMs: Infinity, telemetry };
  return async (record) => (await normalize([record], context))[0] ?? DONE;
}

/** A published sample of a message. */
export function readSample(path: string): string {
  return readFileSync(join(findProjectRoot(), "events", "samples", "change-1", path), "utf8");
}

function unreachable(): Promise<never> {
  return Promise.reject(new Error("nothing is asked of it"));
}
