import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createDashboard } from "../../infra/grafana/create-dashboard.ts";
import { ROWS, type Query } from "../../infra/grafana/panels.ts";
import { createLeaseReport } from "../../relay/observe/lease-report.ts";
import { createRelayMetrics } from "../../relay/observe/metrics.ts";
import { listSourceFiles, readSource, ROOT } from "../architecture/source-files.ts";
import { readCountedMetrics } from "../docs/read-metrics.ts";

const queries = ROWS.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
const isOf =
  <K extends string>(key: K) =>
  (query: Query): query is Extract<Query, Readonly<Record<K, string>>> =>
    key in query;
const expressions = queries.filter(isOf("expr")).map(({ expr }) => expr);
const counted = queries.filter(isOf("metric")).filter(({ namespace }) => namespace === undefined);

/** The labels of every metric that a relay serves, by name; those that Prometheus adds are `pod` and, of a histogram, `le`. */
function readServed(): ReadonlyMap<string, readonly string[]> {
  const { registry } = createRelayMetrics({
    buffered: () => ({ objects: 0, bytes: 0 }),
    statuses: new Map(),
    checkpointAgesMs: () => new Map(),
  });
  const ofLease = new Registry();
  createLeaseReport({ log: pino({ enabled: false }), registry: ofLease, lease: "a/b" });
  const metrics = [...registry.getMetricsAsArray(), ...ofLease.getMetricsAsArray()];
  return new Map(
    metrics.map((metric) => {
      const { name, labelNames = [] } = metric as { name: string; labelNames?: readonly string[] };
      return [name, [...labelNames, "pod", "le"]];
    }),
  );
}

describe("infra/grafana/kubemend.json", () => {
  it("is what `npm run grafana` writes", () => {
    const text = readFileSync(join(ROOT, "infra", "grafana", "kubemend.json"), "utf8");
    expect(JSON.parse(text)).toEqual(createDashboard());
  });

  it.each(expressions)("asks for metrics and labels that the relay serves: %s", (expression) => {
    const served = readServed();
    const [, name = ""] = /(\w+)\{\$of/.exec(expression) ?? [];
    const labels = served.get(name) ?? served.get(name.replace(/_bucket$/, ""));
    expect(labels).toBeDefined();
    const by = [...expression.matchAll(/\bby \(([^)]+)\)/g)].flatMap(([, list = ""]) =>
      list.split(", "),
    );
    const selected = [...expression.matchAll(/[{,](\w+)[!=]/g)].map(([, label = ""]) => label);
    expect([...by, ...selected].filter((label) => !labels?.includes(label))).toEqual([]);
  });

  it("asks for metrics that the functions count", () => {
    const names = new Set(
      listSourceFiles(["functions", "adapters/lambda", "adapters/alert-groups"]).flatMap((file) =>
        readCountedMetrics(file, readSource(file)),
      ),
    );
    expect(counted.length).toBeGreaterThan(20);
    expect(counted.map(({ metric }) => metric).filter((metric) => !names.has(metric))).toEqual([]);
  });

  it("asks for dimensions that docs/metrics.md names", () => {
    const page = readSource("docs/metrics.md").split("\n");
    const unnamed = counted.filter(
      ({ metric, by }) =>
        by !== "service" &&
        !page.some((line) => line.startsWith(`| \`${metric}\``) && line.includes(by)),
    );
    // Its row refers to that of Remediation.
    expect(unnamed.map(({ metric }) => metric)).toEqual([
      "RemediationLatency",
      "RemediationLatency",
    ]);
  });

  it("shows every metric of the relay that docs/metrics.md explains", () => {
    const explained = readSource("docs/metrics.md").match(/^\| `kubemend_relay_\w+`/gm) ?? [];
    const names = explained.map((line) => line.replaceAll(/[|` ]/g, ""));
    const all = expressions.join("\n");
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !all.includes(name))).toEqual([]);
  });
});
