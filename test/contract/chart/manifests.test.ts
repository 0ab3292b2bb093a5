import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renderManifests, SAMPLE, SAMPLE_VALUES } from "../../../infra/relay/render-manifests.ts";
import { toManifests } from "../../support/chart/chart.ts";
import { findClusterTools, NO_TOOLS } from "../../support/chart/tools.ts";

it("the manifests for those without Helm are what `npm run manifests` writes", async ({ skip }) => {
  const tools = await findClusterTools();
  if (tools === undefined) return skip(NO_TOOLS);
  const options = { helm: tools.helm, namespace: "kubemend", values: SAMPLE_VALUES };
  const files = readdirSync(SAMPLE).map(
    (name) => [name, readFileSync(join(SAMPLE, name), "utf8")] as const,
  );
  expect(new Map(files)).toEqual(renderManifests(options));
});

it("the manifests for those without Helm hold every object of the relay but its rights", () => {
  const objects = readdirSync(SAMPLE).flatMap((name) =>
    toManifests(readFileSync(join(SAMPLE, name), "utf8")),
  );
  const counts = Object.fromEntries(
    [...Map.groupBy(objects, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length]),
  );
  expect(counts).toEqual({
    ConfigMap: 1,
    Namespace: 1,
    NetworkPolicy: 1,
    PodDisruptionBudget: 1,
    Service: 1,
    ServiceAccount: 1,
    StatefulSet: 1,
  });
});
