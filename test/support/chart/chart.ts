import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments, stringify } from "yaml";
import { toChartValues } from "../../../cli/validate/to-chart-values.ts";
import { parsePipelineText } from "../../../adapters/pipeline-file.ts";
import { findProjectRoot } from "../../../sandbox/host/project-root.ts";

const run = promisify(execFile);

export const CHART: string = join(findProjectRoot(), "infra", "relay", "chart");

export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
};

export type Release = {
  readonly helm: string;
  /** Files of values. */
  readonly files?: readonly string[];
  /** `KEY=VALUE` of values. */
  readonly set?: readonly string[];
  readonly release?: string;
  readonly namespace?: string;
};

/** The settings without which the chart refuses, beside those of the pipeline. */
export const REQUIRED: readonly string[] = [
  "image.repository=registry.example.com/kubemend-relay",
  "queueUrl=https://sqs.eu-central-1.amazonaws.com/123456789012/kubemend-changes.fifo",
];

/** Flags of helm that name release, chart, and values. */
export function toFlags({
  release = "kubemend",
  namespace = "kubemend",
  ...values
}: Release): readonly string[] {
  const { files = [], set = [] } = values;
  return [
    release,
    CHART,
    "--namespace",
    namespace,
    ...files.flatMap((file) => ["--values", file]),
    ...set.flatMap((value) => ["--set", value]),
  ];
}

/** The objects of a release, as `helm template` prints them. Rejects with helm's own message in `stderr`. */
export async function renderChart(release: Release): Promise<readonly Manifest[]> {
  const { stdout } = await run(release.helm, ["template", ...toFlags(release)]);
  return toManifests(stdout);
}

export function toManifests(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text);
  const objects = "empty" in documents ? [] : documents.map((one) => one.toJS() as Manifest | null);
  return objects.filter((object) => object !== null);
}

/** A rule that needs rights in one namespace. */
const RULE = {
  id: "alert-pods",
  on: { resource: "pods", namespaces: ["team-a"] },
  once: "object",
  // oxlint-disable-next-line unicorn/no-thenable -- a rule has a key then
  then: [{ alert: { to: "team", summary: "'a pod'" } }],
};

/** The output of `kubemend validate --chart-values` for a pipeline with one rule. */
export function toValues(namespace = "kubemend"): string {
  const text = stringify({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [RULE],
  });
  const file = parsePipelineText(text);
  if (!file.ok) throw new Error(JSON.stringify(file.error));
  return toChartValues(file.value, namespace);
}
