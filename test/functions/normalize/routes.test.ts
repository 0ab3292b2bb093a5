/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { describe, expect, test } from "vitest";
import { builtinCatalog } from "../../../core/references/builtin.ts";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { planPermissions } from "../../../core/pipeline/rights/permissions.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { createWorld, FAILED_JOB, toMessage } from "./world.ts";

const BUS = { eventBridge: { bus: "default" } };
const NAMESPACE = "/api/v1/namespaces/data";

function toPipeline(route: readonly object[], alert: object): Pipeline {
  const parsed = parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "prod" },
    receivers: { ops: BUS, pager: BUS, data: BUS, default: BUS },
    route,
    rules: [{ id: "tell", on: { resource: "jobs.batch" }, once: "object", then: [{ alert }] }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

async function send(pipeline: Pipeline, answers: Readonly<Record<string, unknown>> = {}) {
  const world = createWorld({ pipeline, answers });
  await world.normalize(JSON.stringify(toMessage(pipeline, FAILED_JOB)));
  return world;
}

const BY_SEVERITY = [
  { when: { severity: "critical" }, to: ["pager", "ops"] },
  { when: { severity: "info" }, to: "data" },
];

describe("a rule that only alerts", () => {
  test("sends one message for each receiver of the route", async () => {
    const pipeline = toPipeline(BY_SEVERITY, { summary: "'x'", severity: "critical" });
    const alerts = (await send(pipeline)).alerts();
    expect(alerts.map(({ data }) => data.to)).toEqual(["pager", "ops"]);
    expect(new Set(alerts.map(({ data }) => data.alertId)).size).toBe(1);
  });

  test("sends to default what no route takes", async () => {
    const pipeline = toPipeline(BY_SEVERITY, { summary: "'x'" });
    expect((await send(pipeline)).alerts().map(({ data }) => data.to)).toEqual(["default"]);
  });

  test("sends to the receiver that it names, and no route is asked", async () => {
    const pipeline = toPipeline(BY_SEVERITY, { to: "ops", summary: "'x'", severity: "critical" });
    expect((await send(pipeline)).alerts().map(({ data }) => data.to)).toEqual(["ops"]);
  });

  const BY_NAMESPACE = [{ when: { namespaceLabels: "team=data" }, to: "data" }];

  test("is routed by the live labels of the namespace", async () => {
    const pipeline = toPipeline(BY_NAMESPACE, { summary: "'x'" });
    const labels = { team: "data" };
    const answers = { [NAMESPACE]: { metadata: { name: "data", uid: "u", labels } } };
    expect((await send(pipeline, answers)).alerts().map(({ data }) => data.to)).toEqual(["data"]);
  });

  test("is not lost if the namespace cannot be read", async () => {
    const pipeline = toPipeline(BY_NAMESPACE, { summary: "'x'" });
    const world = await send(pipeline, { [NAMESPACE]: new Error("away") });
    expect(world.alerts().map(({ data }) => data.to)).toEqual(["default"]);
  });

  test("reads no namespace if no route asks for one", async () => {
    const world = await send(toPipeline(BY_SEVERITY, { summary: "'x'" }));
    expect(world.asked).not.toContain(NAMESPACE);
  });

  test("may read namespaces only if a route asks for them", () => {
    const reads = (route: readonly object[]) => {
      const pipeline = toPipeline(route, { summary: "'x'" });
      const { normalize, remediate } = planPermissions(pipeline, builtinCatalog());
      return [normalize, remediate].map((grants) =>
        grants.some(({ rules }) =>
          rules.some(
            ({ resources, resourceNames }) =>
              resources.includes("namespaces") && resourceNames === undefined,
          ),
        ),
      );
    };
    expect(reads(BY_NAMESPACE)).toEqual([true, true]);
    expect(reads(BY_SEVERITY)).toEqual([false, false]);
  });
});
