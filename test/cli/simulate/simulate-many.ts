/*
 * Simulates the given number of changes, each a match with its own episode, and prints the size of the heap afterwards in bytes.
 * Run with --expose-gc.
 */
import { Writable } from "node:stream";
import { simulate } from "../../../cli/simulate/simulate.ts";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";

const changes = Number(process.argv[2]);

const parsed = parsePipeline({
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "test" },
  rules: [
    {
      id: "rerun",
      on: { resource: "jobs.batch" },
      where: `object.status.conditions.exists(c, c.type == "Failed")`,
      then: [{ createJobFromCronJob: {} }],
    },
  ],
});
if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
const [watch] = planWatches(parsed.value);

function toLine(index: number): string {
  const uid = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  const lastTransitionTime = "2026-01-01T00:00:00Z";
  const owner = { apiVersion: "batch/v1", kind: "CronJob", name: "a", uid: "c", controller: true };
  const message = {
    specversion: "1.0",
    id: String(index).padStart(64, "0"),
    source: `/clusters/u/watches/${watch?.key}`,
    type: "dev.kubemend.object.modified",
    subject: `/apis/batch/v1/namespaces/data/jobs/job-${index}`,
    time: "2026-01-01T00:00:00.000Z",
    dataschema: "urn:kubemend:change:1",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    data: {
      cluster: { name: "test", uid: "u" },
      watch: watch?.key,
      pipeline: "a".repeat(64),
      rules: {},
      resource: { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespaced: true },
      change: "modified",
      resourceVersion: "7",
      epoch: 1,
      object: {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: `job-${index}`, namespace: "data", uid, ownerReferences: [owner] },
        status: { conditions: [{ type: "Failed", status: "True", lastTransitionTime }] },
      },
    },
  };
  return `${JSON.stringify(message)}\n`;
}

async function* record(): AsyncGenerator<Uint8Array, void> {
  for (let index = 0; index < changes; index += 100) {
    yield Buffer.from(Array.from({ length: 100 }, (_, at) => toLine(index + at)).join(""));
  }
}

const result = await simulate(
  {
    recording: record(),
    base: { file: "pipeline.yaml", pipeline: parsed.value },
    other: undefined,
    catalog: builtinCatalog(),
    objects: [],
    json: true,
    assumed: { durationMs: 0, fails: false },
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
    progress: { update() {}, clear() {} },
  },
  new AbortController().signal,
);
globalThis.gc?.();
globalThis.gc?.();
const { heapUsed } = process.memoryUsage();
const [rule] = result.base.tally.rules();
process.stdout.write(JSON.stringify({ heapUsed, episodes: rule?.episodes }));
