import { describe, expect, it } from "vitest";
import * as v from "valibot";
import type { KubernetesObject } from "../../../../events/change.ts";
import { createJobFromCronJobSchema } from "../../../../core/actions/createJobFromCronJob/parameters.ts";
import { applyChanges } from "../../../../core/operations/json-patch.ts";
import { CRON_JOB, toState } from "../state.ts";
import { next, toCreate } from "./plan.ts";

type Json = Readonly<Record<string, unknown>>;

const MAIN = {
  name: "main",
  image: "registry.example/backup",
  args: ["--all"],
  env: [
    { name: "MODE", value: "quick" },
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "token", key: "token" } } },
  ],
};

function toCronJob(...containers: readonly Json[]): KubernetesObject {
  const template = { spec: { restartPolicy: "Never", containers } };
  return { ...CRON_JOB, spec: { jobTemplate: { spec: { template } } } };
}

function plan(parameters: Json, values: Json = {}, cronJob = toCronJob(MAIN)) {
  const parsed = v.parse(createJobFromCronJobSchema, parameters);
  const evaluate = (expression: string): unknown => values[expression];
  return next(toState(parsed, { cronJob, evaluate }));
}

/** The created Job, without what it has from the API server. */
function toJob(answer: ReturnType<typeof plan>, cronJob = toCronJob(MAIN)): Json {
  const operation = toCreate(answer);
  const { spec } = (cronJob["spec"] as { readonly jobTemplate: { readonly spec: Json } })
    .jobTemplate;
  const job = applyChanges({ spec }, operation.changes ?? []);
  if (!job.ok) throw new Error(job.error);
  return { labels: operation.metadata.labels, ...(job.value as Json) };
}

const withContainer = (container: Json): Json => ({
  spec: { template: { spec: { containers: [{ ...MAIN, ...container }] } } },
});

describe("a Job gets from the rule, as values of its fields,", () => {
  it.each<readonly [string, Json, Json]>([
    [
      "variables, beside those of the template and instead of them",
      { env: { NODE: { cel: "node" }, MODE: "full" } },
      withContainer({
        env: [
          { name: "MODE", value: "full" },
          MAIN.env[1],
          { name: "NODE", value: "$$(rm -rf /)" },
        ],
      }),
    ],
    [
      "arguments, instead of those of the template",
      { args: ["--node", { cel: "node" }] },
      withContainer({ args: ["--node", "$$(rm -rf /)"] }),
    ],
    [
      "resources",
      { requests: { cpu: "1" }, limits: { memory: { cel: "memory" } } },
      withContainer({ resources: { requests: { cpu: "1" }, limits: { memory: "2Gi" } } }),
    ],
    ["labels", { labels: { node: { cel: "memory" } } }, { labels: { node: "2Gi" } }],
  ])("%s", (_what, parameters, expected) => {
    const answer = plan(parameters, { node: "$(rm -rf /)", memory: "2Gi" });
    expect(toJob(answer)).toMatchObject(expected);
  });

  it("nothing, and has no changes in its plan, if the rule says nothing", () => {
    const answer = plan({});
    expect(answer).toMatchObject({ outcome: "operations" });
    expect(JSON.stringify(answer)).not.toContain('"changes"');
  });

  it("variables of the container that the rule names", () => {
    const cronJob = toCronJob(MAIN, { name: "side" });
    const answer = plan({ container: "side", env: { A: "b" } }, {}, cronJob);
    expect(toJob(answer, cronJob)).toMatchObject({
      spec: {
        template: {
          spec: { containers: [MAIN, { name: "side", env: [{ name: "A", value: "b" }] }] },
        },
      },
    });
  });
});

describe("refused", () => {
  it.each<readonly [string, Json, Json]>([
    ["NoText", { env: { A: { cel: "x" } } }, { x: 3 }],
    ["NoText", { args: [{ cel: "x" }] }, { x: null }],
    ["NoText", { labels: { a: { cel: "x" } } }, { x: true }],
    ["TooLong", { labels: { a: "x".repeat(64) } }, {}],
    ["NoQuantity", { limits: { memory: { cel: "x" } } }, { x: "much" }],
    ["NoContainer", { container: "other", env: { A: "b" } }, {}],
  ])("%s: %j", (code, parameters, values) => {
    expect(plan(parameters, values)).toMatchObject({ outcome: "refused", code });
  });

  it("NoContainer, if there are several and the rule names none", () => {
    const answer = plan({ args: ["a"] }, {}, toCronJob(MAIN, { name: "side" }));
    expect(answer).toMatchObject({ code: "NoContainer", message: expect.stringContaining("side") });
  });

  it.each<Json>([{ env: { "A=B": "x" } }, { limits: { memory: "much" } }, { args: "a" }])(
    "when the pipeline is loaded: %j",
    (parameters) => {
      expect(v.safeParse(createJobFromCronJobSchema, parameters).success).toBe(false);
    },
  );
});
