import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { mendFailedJob } from "../../../sandbox/scenarios/mend-failed-job.ts";
import { playScenarios, type PlayEvent } from "../../../sandbox/scenarios/play.ts";
import { relayKilled } from "../../../sandbox/scenarios/relay-killed.ts";
import { resolveEvent } from "../../../sandbox/scenarios/resolve-event.ts";
import { upgradeJobs } from "../../../sandbox/scenarios/upgrade-jobs.ts";
import {
  readCommands,
  startChartCluster,
  type ChartCluster,
} from "../../support/chart/chart-cluster.ts";
import { takeInstalledRelay, type InstalledRelay } from "../../support/chart/installed-relay.ts";
import { findClusterTools, NO_TOOLS } from "../../support/chart/tools.ts";
import { startBuiltPipeline } from "../../support/host/built-pipeline.ts";

const root = findProjectRoot();
const PIPELINE = join(root, "sandbox", "pipeline.yaml");
const SCENARIOS = [mendFailedJob, resolveEvent, relayKilled, upgradeJobs];
const PAGE = "docs/install-relay.md";
const signal = new AbortController().signal;

describe("the chart, installed twice as docs/install-relay.md says", () => {
  let cluster: ChartCluster | undefined;

  beforeAll(async () => {
    const tools = await findClusterTools();
    if (tools === undefined) return;
    cluster = await startChartCluster(tools, PIPELINE);
    await cluster.run(...readCommands(PAGE, "Install"));
    await cluster.run(...readCommands(PAGE, "A second one in the cluster"));
  });

  afterAll(() => cluster?.stop());

  async function takeRelay(
    { sandbox, folder }: ChartCluster,
    namespace: string,
  ): Promise<InstalledRelay> {
    const files = join(folder, "containers", namespace);
    mkdirSync(files, { recursive: true });
    const { kubernetes, controlPlane } = sandbox;
    return takeInstalledRelay({
      kubernetes,
      caFile: controlPlane.caFile,
      namespace,
      folder: files,
    });
  }

  it("is accepted by the API server in every part", async ({ skip }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    const lines = await cluster.run(
      "kubectl create namespace third > /dev/null",
      "npx kubemend validate pipeline.yaml --chart-values --namespace third > third-values.yaml",
      "helm template third infra/relay/chart -n third -f third-values.yaml -f relay-values.yaml --set crds.install=false > third.yaml",
      "kubectl apply --server-side --dry-run=server --validate=strict -f third.yaml",
    );
    const accepted = / serverside-applied \(server dry run\)$/;
    const answers = lines.trim().split("\n");
    expect(answers.length).toBeGreaterThan(15);
    expect(answers.filter((line) => !accepted.test(line))).toEqual([]);
  });

  it("has Pods that the restricted profile allows", async ({ skip }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    const phases = "kubectl -n kubemend get pods -o jsonpath='{.items[*].status.phase}'";
    expect(await cluster.run(phases)).toBe("Running Running");
    // The namespace does refuse others.
    const other = cluster.run("kubectl -n kubemend run other --image=example.com/other");
    await expect(other).rejects.toMatchObject({
      stderr: expect.stringContaining('violates PodSecurity "restricted:latest"'),
    });
  });

  it("runs a relay on which the scenarios of `kubemend start` pass", async ({ skip }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    const { sandbox, folder } = cluster;
    await using stack = new AsyncDisposableStack();
    const relay = await takeRelay(cluster, "kubemend");
    stack.defer(relay.stop);
    // With the rights of the chart alone: the functions' are granted below.
    await relay.start();
    expect(await cluster.run(...readCommands(PAGE, "Look at it"))).toContain("kubemend-relay");
    const dataDir = join(folder, "pipeline");
    mkdirSync(dataDir);
    // The functions have the key that the page made.
    const secret =
      "kubectl -n kubemend get secret kubemend-signing-keys -o jsonpath='{.data.keys}'";
    await cluster.run(`${secret} | base64 -d > pipeline/signing-keys`);
    const { sqs, namespace } = sandbox.info;
    const pipeline = await startBuiltPipeline({
      dataDir,
      file: PIPELINE,
      kubernetes: sandbox.kubernetes,
      caFile: sandbox.controlPlane.caFile,
      queues: { ...sqs, port: Number(new URL(sqs.endpoint).port) },
      relay,
    });
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
    const text = readFileSync(PIPELINE, "utf8").replace("name: sandbox", "name: another-name");
    writeFileSync(join(cluster.folder, "pipeline.yaml"), text);
    const generation =
      "kubectl -n kubemend get sts kubemend-relay -o jsonpath={.metadata.generation}";
    const before = await cluster.run(generation);
    await cluster.run(...readCommands(PAGE, "Change the pipeline, or upgrade"));
    const map = "kubectl -n kubemend get cm kubemend-relay -o jsonpath='{.data.pipeline\\.yaml}'";
    expect(await cluster.run(map)).toBe(text);
    expect(await cluster.run(generation)).toBe(before);
  });

  it("leaves a second release as it is when the first one is uninstalled, and the definitions", async ({
    skip,
  }) => {
    if (cluster === undefined) return skip(NO_TOOLS);
    await using stack = new AsyncDisposableStack();
    const relay = await takeRelay(cluster, "second");
    stack.defer(relay.stop);
    await relay.start();
    await cluster.run(...readCommands(PAGE, "Uninstall"));
    // `get` fails if one of them is missing.
    await cluster.run(
      "helm get manifest second -n second > second.yaml",
      "kubectl get -f second.yaml",
      "kubectl get crd remediations.kubemend.dev ruleguards.kubemend.dev alertgroups.kubemend.dev silences.kubemend.dev",
    );
    const before = await relay.metric("kubemend_relay_changes_total");
    await cluster.run("kubectl -n default create configmap settings-after");
    await expect.poll(() => relay.metric("kubemend_relay_changes_total")).toBeGreaterThan(before);
  });
});
