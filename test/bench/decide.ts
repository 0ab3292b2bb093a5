/**
 * Changes per second from a message's text to its decisions, on one core: `npx node test/bench/decide.ts`. With 10 rules on the
 * watch of the messages and 90 on other watches the cost should be that of the 10, because rules are looked up by watch.
 */
/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import type { ChangeMessage } from "../../events/change.ts";
import { builtinCatalog } from "../../core/references/builtin.ts";
import { findReferences } from "../../core/references/find-references.ts";
import { decide, findExclusion } from "../../core/decide/decide.ts";
import { parsePipeline } from "../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline } from "../../core/pipeline/pipeline.ts";
import { findBoundRules, planWatches } from "../../core/pipeline/watches.ts";
import { parseChangeBody } from "../../adapters/sqs/packed-data.ts";

const ROUND_MS = 300;
const ROUNDS = 15;

/** `own` rules on the Jobs of the messages, `others` each on a watch of its own. */
function toPipeline(own: number, others: number): Pipeline {
  const rules = Array.from({ length: own + others }, (_, index) => ({
    id: `rule-${index}`,
    on:
      index < own
        ? { resource: "jobs.batch" }
        : { resource: "pods", labelSelector: `app=${index}` },
    where: `object.status.conditions.exists(c, c.type == "Failed" && c.status == "True" && c.reason == "reason-${index}")`,
    once: { condition: "Failed" },
    then: [{ createJobFromCronJob: {} }],
  }));
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "b" } };
  const parsed = parsePipeline({ ...head, rules });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

/** A failed Job as a relay sends it, some 2 KB. */
function toBody(pipeline: Pipeline): string {
  const [watch] = planWatches(pipeline);
  const condition = (type: string) => ({
    type,
    status: "True",
    reason: "BackoffLimitExceeded",
    message: "Job has reached the specified backoff limit",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  });
  const env = Array.from({ length: 10 }, (_, index) => ({ name: `NAME_${index}`, value: "value" }));
  const container = { name: "main", image: "registry.example/backup:1", env };
  const message: ChangeMessage = {
    specversion: "1.0",
    id: "c".repeat(64),
    source: `/clusters/u/watches/${watch?.key}`,
    type: "dev.kubemend.object.modified",
    subject: "/apis/batch/v1/namespaces/data/jobs/backup-1",
    time: "2026-01-01T00:00:00.000Z",
    dataschema: "urn:kubemend:change:1",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    data: {
      cluster: { name: "b", uid: "u" },
      watch: watch?.key ?? "",
      pipeline: pipeline.digest,
      rules: Object.fromEntries(watch?.rules.map(({ id, digest }) => [id, digest]) ?? []),
      resource: { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespaced: true },
      change: "modified",
      resourceVersion: "7",
      epoch: 1,
      object: {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
          name: "backup-1",
          namespace: "data",
          uid: "00000000-0000-4000-8000-000000000001",
          labels: { app: "backup", team: "data" },
          ownerReferences: [
            { apiVersion: "batch/v1", kind: "CronJob", name: "backup", uid: "u", controller: true },
          ],
        },
        spec: { template: { spec: { containers: [container], restartPolicy: "Never" } } },
        status: { failed: 1, conditions: [condition("FailureTarget"), condition("Failed")] },
      },
    },
  };
  return JSON.stringify(message);
}

/** normalize's processing of a message, without cluster and queue. */
function run(pipeline: Pipeline, body: string): number {
  const parsed = parseChangeBody(body);
  if (parsed.outcome === "refused") throw new Error(parsed.reason);
  const message = parsed.value;
  const rules = findBoundRules(pipeline, message.data.watch);
  if (rules.every((rule) => findExclusion(rule, message) !== undefined)) return 0;
  const references = findReferences(message.data.object, builtinCatalog());
  return decide({ rules, message, references }).length;
}

/** CPU time instead of wall time, because the machine may be busy. The best of the rounds. */
function measure(own: number, others: number): number {
  const pipeline = toPipeline(own, others);
  const body = toBody(pipeline);
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    let count = 0;
    let usedMs = 0;
    while (usedMs < ROUND_MS) {
      for (let index = 0; index < 100; index += 1) run(pipeline, body);
      count += 100;
      const { user, system } = process.cpuUsage(start);
      usedMs = (user + system) / 1000;
    }
    best = Math.max(best, (count * 1000) / usedMs);
  }
  return best;
}

const cases: readonly (readonly [string, number, number])[] = [
  ["1 rule", 1, 0],
  ["10 rules", 10, 0],
  ["10 rules, 90 of other watches", 10, 90],
  ["100 rules", 100, 0],
];
const results = cases.map(([name, own, others]) => {
  const perSecond = measure(own, others);
  process.stdout.write(`${name.padEnd(32)} ${Math.round(perSecond)} changes/s\n`);
  return perSecond;
});
const [, ten = 0, tenOfHundred = 1] = results;
process.stdout.write(
  `90 more rules on other watches take ${(ten / tenOfHundred).toFixed(2)} times as long\n`,
);
