import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readDeployContext } from "../../../cli/deploy/context.ts";
import { toDeploySteps } from "../../../cli/deploy/deploy-steps.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";
import { writeStageFile } from "../../cli/setup/stage-file.ts";
import {
  readCommands,
  startChartCluster,
  type ChartCluster,
} from "../../support/chart/chart-cluster.ts";
import {
  makePrometheusDefinitions,
  type Definitions,
} from "../../support/chart/prometheus-definitions.ts";
import { findClusterTools, NO_TOOLS } from "../../support/chart/tools.ts";

let cluster: ChartCluster | undefined;
let definitions: Definitions;

beforeAll(async () => {
  const tools = await findClusterTools();
  if (tools === undefined) return;
  definitions = await makePrometheusDefinitions();
  cluster = await startChartCluster(tools, join(findProjectRoot(), "sandbox", "pipeline.yaml"));
  await cluster.run(
    "npx kubemend validate pipeline.yaml --chart-values > pipeline-values.yaml",
    "kubectl create namespace kubemend",
  );
});

afterAll(() => cluster?.stop());

const CHART =
  "infra/relay/chart --namespace kubemend --values pipeline-values.yaml --values relay-values.yaml --set crds.install=false";

test("ServiceMonitor and PrometheusRule of the chart are what the Prometheus Operator has defined", async ({
  skip,
}) => {
  if (cluster === undefined) return skip(NO_TOOLS);
  if ("missing" in definitions) return skip(definitions.missing);
  const { folder } = definitions;
  const file = (name: string): string =>
    `-f '${join(folder, `monitoring.coreos.com_${name}.yaml`)}'`;
  const both = `${file("servicemonitors")} ${file("prometheusrules")}`;
  const shown =
    "--show-only templates/servicemonitor.yaml --show-only templates/prometheusrule.yaml";
  const enabled =
    "--set monitoring.serviceMonitor.enabled=true --set monitoring.rules.enabled=true --set monitoring.rules.labels.release=prometheus";
  const answer = await cluster.run(
    `kubectl apply --server-side ${both} > /dev/null`,
    `kubectl wait --for=condition=Established ${both} > /dev/null`,
    `helm template kubemend ${CHART} ${enabled} ${shown} > monitoring.yaml`,
    "kubectl apply --server-side --validate=strict -f monitoring.yaml",
  );
  expect(answer.trim().split("\n").toSorted()).toEqual([
    "prometheusrule.monitoring.coreos.com/kubemend-relay serverside-applied",
    "servicemonitor.monitoring.coreos.com/kubemend-relay serverside-applied",
  ]);
});

test("a release that a killed helm has left is upgraded by the steps of kubemend deploy", async ({
  skip,
}) => {
  if (cluster === undefined) return skip(NO_TOOLS);
  const { folder } = cluster;
  const settings = writeStageFile(folder);
  writeFileSync(join(folder, "signing-keys"), "");
  const values = join(folder, "relay-values.yaml");
  const steps = toDeploySteps(readDeployContext({ settings, values }));
  const step = steps.find(({ title }) => title.includes("clear what a killed one has left"));
  const pending = "kubectl -n kubemend get secrets -l owner=helm,status=pending-install -o name";
  await cluster.run(
    // No Node has this label, so it waits for ever.
    `helm install kubemend ${CHART} --set nodeSelector.none=none --wait > /dev/null 2>&1 & pid=$!`,
    `until ${pending} | grep -q . && kubectl -n kubemend get statefulset kubemend-relay; do sleep 0.2; done`,
    "kill -9 $pid",
  );
  const upgrade = `helm upgrade --install kubemend ${CHART}`;
  await expect(cluster.run(upgrade)).rejects.toMatchObject({
    stderr: expect.stringContaining("another operation"),
  });
  await cluster.run((step?.command ?? "").replace("--timeout=5m", "--timeout=1s"));
  expect(await cluster.run(upgrade)).toContain("STATUS: deployed");
  await cluster.run("helm uninstall kubemend --namespace kubemend --wait");
});

test("the plain manifests are installed as the page says, accepted in every part, and deleted again", async ({
  skip,
}) => {
  if (cluster === undefined) return skip(NO_TOOLS);
  const [first = "", ...rest] = readCommands("docs/install-relay.md", "Without Helm");
  await cluster.run(first);
  const dryRun =
    "kubectl apply --server-side --dry-run=server --validate=strict -f infra/relay/manifests";
  const lines = (await cluster.run(dryRun)).trim().split("\n");
  expect(lines.filter((line) => !line.endsWith(" serverside-applied (server dry run)"))).toEqual(
    [],
  );
  await cluster.run(...rest);
  // `get` fails if one of them is missing.
  const objects = await cluster.run(
    "kubectl get -f infra/relay/manifests -f infra/crds -f infra/admission -o name",
  );
  expect(objects).toContain("statefulset.apps/kubemend-relay");
  expect(objects).toContain(
    "customresourcedefinition.apiextensions.k8s.io/remediations.kubemend.dev",
  );
  await cluster.run(
    "npx kubemend validate pipeline.yaml --rbac | kubectl delete --ignore-not-found -f -",
    "kubectl delete -f infra/relay/manifests -f infra/admission -f infra/crds",
  );
  const left = await cluster.run(
    "kubectl get -f infra/relay/manifests -f infra/crds --ignore-not-found -o name",
  );
  expect(left).toBe("");
});
