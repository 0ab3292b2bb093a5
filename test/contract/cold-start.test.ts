import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleFunctions, type BundledFunction } from "../../infra/build/bundle-functions.ts";

const root = join(import.meta.dirname, "..", "..");
const lean = join(root, "test", "bench", "lean-handler", "functions", "lean", "handler.ts");

let folder = "";
let bundled: readonly BundledFunction[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubemend-cold-"));
  bundled = await bundleFunctions({ root, folder });
});

afterAll(() => rmSync(folder, { recursive: true }));

test("no function reads more at its start than twice as much as a handler with only middy and the queue client", async () => {
  const outfile = join(folder, "lean.mjs");
  await build({
    entryPoints: [lean],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
  });
  const most = 2 * statSync(outfile).size;
  expect(bundled.length).toBeGreaterThan(3);
  expect(bundled.filter(({ bytes }) => bytes > most)).toEqual([]);
});

const TELL = { alert: { to: "ops", summary: "'x'" } };

/** Starts normalize from its bundle, with a rule that has this condition and this action, in its own process. */
function start(where: string, action: unknown = TELL): string {
  const pipeline = join(folder, "pipeline.json");
  const kubeconfig = join(folder, "kubeconfig");
  const rule = {
    id: "tell",
    on: { resource: "jobs.batch" },
    where,
    then: [action],
  };
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "c" } };
  writeFileSync(pipeline, JSON.stringify({ ...head, rules: [rule] }));
  const cluster = { name: "c", cluster: { server: "https://127.0.0.1:1" } };
  const context = { name: "c", context: { cluster: "c" } };
  const config = { "current-context": "c", clusters: [cluster], contexts: [context] };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const script = `
    const { handler } = await import(${JSON.stringify(pathToFileURL(join(folder, "normalize.mjs")).href)})
      .catch((error) => ({ handler: error.message }));
    process.stdout.write(typeof handler === "function" ? "started" : handler, () => process.exit());`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: {
      AWS_REGION: "eu-central-1",
      KUBECONFIG: kubeconfig,
      KUBEMEND_PIPELINE: pipeline,
      KUBEMEND_REMEDIATIONS_QUEUE_URL: "http://127.0.0.1:1/0/remediations.fifo",
      KUBEMEND_ALERTS_QUEUE_URL: "http://127.0.0.1:1/0/alerts",
      KUBEMEND_WAKEUPS_QUEUE_URL: "http://127.0.0.1:1/0/wakeups",
      KUBEMEND_TRANSFERS_QUEUE_URL: "http://127.0.0.1:1/0/transfers.fifo",
      KUBEMEND_DEAD_LETTER_QUEUE_URL: "http://127.0.0.1:1/0/dead-letters.fifo",
    },
  });
}

test("a bundle compiles the patterns of its rules with RE2", () => {
  expect(start(`object.metadata.name.matches("^a+$")`)).toBe("started");
  expect(start(`object.metadata.name.find("a+") == "aa"`)).toBe("started");
  expect(start(`object.metadata.name.matches("(a)\\\\1")`)).toMatch(
    /rules\.0\.where .*invalid escape sequence/,
  );
});

test("a bundle without patterns starts", () => {
  expect(start(`object.metadata.name == "a"`)).toBe("started");
});

test("a bundle loads the libraries that few rules use when a rule uses one", () => {
  expect(start(`quantity(object.spec.size).isGreaterThan(quantity("1Gi"))`)).toBe("started");
  expect(start(`"%s".format([object.metadata.name]) == "a"`)).toBe("started");
  expect(start(`ip(object.spec.address).family() == 6`)).toBe("started");
  expect(start(`quantiti(object.spec.size) == 1`)).toMatch(/rules\.0\.where/);
});

test("a bundle loads the actions that few rules have when a rule has one", () => {
  const main = { name: "main", image: "registry.example/main" };
  const template = { spec: { restartPolicy: "Never", containers: [main] } };
  const job = { metadata: { name: "main" }, spec: { template } };
  expect(start("true", { applyJob: { policy: "skip", job } })).toBe("started");
  expect(start("true", { aplyJob: { policy: "skip", job } })).toMatch(/unknown action aplyJob/);
});
