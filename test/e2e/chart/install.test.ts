import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { readPipelineSource } from "../../../sandbox/pipeline/pipeline-source.ts";
import { startPipeline } from "../../../sandbox/pipeline/start-pipeline.ts";
import { mendFailedJob } from "../../../sandbox/scenarios/mend-failed-job.ts";
import { playScenarios, type PlayEvent } from "../../../sandbox/scenarios/play.ts";
import { relayKilled } from "../../../sandbox/scenarios/relay-killed.ts";
import { resolveEvent } from "../../../sandbox/scenarios/resolve-event.ts";
import { upgradeJobs } from "../../../sandbox/scenarios/upgrade-jobs.ts";
import { CHART } from "../../support/chart/chart.ts";
import {
  createSigningKeys,
  startChartCluster,
  toRestrictedNamespace,
  toSigningSecret,
  type ChartCluster,
} from "../../support/chart/chart-cluster.ts";
import { takeInstalledRelay, type InstalledRelay } from "../../support/chart/installed-relay.ts";
import { findClusterTools, NO_TOOLS } from "../../support/chart/tools.ts";

const root = findProjectRoot();
const PIPELINE = join(root, "sandbox", "pipeline.yaml");
const SCENARIOS = [mendFailedJob, resolveEvent, relayKilled, upgradeJobs];
const CRDS = "crd/remediations.kubemend.dev";
const signal = new AbortController().signal;

describe("the chart, installed twice with helm", () => {
  let cluster: ChartCluster | undefined;
  const keys = createSigningKeys();

  beforeAll(async () => {
    const tools = await findClusterTools();
    if (tools === undefined) return;
    cluster = await startChartCluster(tools, PIPELINE);
    await cluster.apply(toRestrictedNamespace("kubemend"), toRestrictedNamespace("second"));
    await cluster.apply(toSigningSecret("kubemend", keys), toSigningSecret("second", keys));
    const first = await cluster.release("first", "kubemend");
    const second = await cluster.release("second", "second", ["crds.install=false"]);
    await cluster.helm(["install", ...first, "--wait", "--timeout", "2m"]);
    await cluster.helm(["install", ...second, "--wait", "--timeout", "2m"]);
  });

  afterAll(() => cluster?.stop());

  async function takeRelay(
    { sandbox, dataDir }: ChartCluster,
    namespace: string,
  ): Promise<InstalledRelay> {
    const folder = join(dataDir, "containers", namespace);
    mkdirSync(folder, { recursive: true });
    const { kubernetes, controlPlane } = sandbox;
    return takeInstalledRelay({ kubernetes, caFile: controlPlane.caFile, namespace, folder });
  }

  it("is accepted by the API server in every part", async ({ skip }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    await cluster.apply(toRestrictedNamespace("third"));
    const flags = await cluster.release("third", "third", ["crds.install=false"]);
    const file = join(cluster.dataDir, "third-objects.yaml");
    writeFileSync(file, await cluster.helm(["template", ...flags]));
    const args = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", file];
    const lines = (await cluster.kubectl(args)).trim().split("\n");
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.filter((line) => !line.endsWith("serverside-applied (server dry run)"))).toEqual(
      [],
    );
  });

  it("has Pods that the restricted profile allows", async ({ skip }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    const pods = ["-n", "kubemend", "get", "pods", "-o", "jsonpath={.items[*].status.phase}"];
    expect(await cluster.kubectl(pods)).toBe("Running Running");
    // The namespace does refuse others.
    const other = ["-n", "kubemend", "run", "other", "--image=example.com/other"];
    await expect(cluster.kubectl(other)).rejects.toMatchObject({
      stderr: expect.stringContaining('violates PodSecurity "restricted:latest"'),
    });
  });

  it("runs a relay on which the scenarios of `kubemend start` pass", async ({ skip }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    const { sandbox, dataDir } = cluster;
    await using stack = new AsyncDisposableStack();
    const relay = await takeRelay(cluster, "kubemend");
    stack.defer(relay.stop);
    // With the rights of the chart alone: the functions' are granted below.
    await relay.start();
    const data = join(dataDir, "pipeline");
    mkdirSync(data);
    writeFileSync(join(data, "signing-keys"), keys);
    const { sqs, namespace } = sandbox.info;
    const pipeline = await startPipeline(
      {
        dataDir: data,
        source: await readPipelineSource(PIPELINE),
        functions: join(root, "dist", "functions"),
        script: join(root, "dist", "kubemend.mjs"),
        kubernetes: sandbox.kubernetes,
        caFile: sandbox.controlPlane.caFile,
        queues: { ...sqs, port: Number(new URL(sqs.endpoint).port) },
        relay,
      },
      signal,
    );
    stack.defer(pipeline.stop);
    const events: PlayEvent[] = [];
    await playScenarios(
      SCENARIOS,
      {
        kubernetes: sandbox.kubernetes,
        namespace,
        alerts: pipeline.alerts,
        relay,
        broken: () => sandbox.broken() ?? pipeline.broken(),
        diagnose: pipeline.diagnose,
        report: (event) => events.push(event),
      },
      signal,
    );
    expect(events.filter(({ type }) => type === "failed")).toEqual([]);
    expect(new Set(events.map(({ scenario }) => scenario))).toEqual(new Set(["a", "b", "c", "d"]));
  });

  it("brings a new pipeline to the relays without a restart", async ({ skip }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    const generation = ["-n", "second", "get", "sts", "kubemend-relay", "-o"];
    const before = await cluster.kubectl([...generation, "jsonpath={.metadata.generation}"]);
    const text = "pipeline=another: pipeline";
    const flags = ["-n", "second", "--reuse-values", "--set", text];
    await cluster.helm(["upgrade", "second", CHART, ...flags]);
    expect(await cluster.kubectl([...generation, "jsonpath={.metadata.generation}"])).toBe(before);
    const map = ["-n", "second", "get", "cm", "kubemend-relay", "-o"];
    expect(await cluster.kubectl([...map, "jsonpath={.data.pipeline\\.yaml}"])).toBe(
      "another: pipeline",
    );
    await cluster.helm(["rollback", "second", "1", "-n", "second"]);
  });

  it("leaves a second release as it is when the first one is uninstalled, and the definitions", async ({
    skip,
  }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    await using stack = new AsyncDisposableStack();
    const relay = await takeRelay(cluster, "second");
    stack.defer(relay.stop);
    await relay.start();
    const objects = await cluster.helm(["get", "manifest", "second", "-n", "second"]);
    const file = join(cluster.dataDir, "second-objects.yaml");
    writeFileSync(file, objects);
    await cluster.helm(["uninstall", "first", "-n", "kubemend", "--wait", "--timeout", "2m"]);
    // `get` fails if one of them is missing.
    expect(await cluster.kubectl(["get", "-f", file, "-o", "name"])).toContain("statefulset");
    expect(await cluster.kubectl(["get", CRDS, "-o", "name"])).toContain("remediations");
    const before = await relay.metric("kubemend_relay_changes_total");
    const name = "settings-after-uninstall";
    await cluster.kubectl(["-n", "default", "create", "cm", name]);
    await expect.poll(() => relay.metric("kubemend_relay_changes_total")).toBeGreaterThan(before);
  });
});
