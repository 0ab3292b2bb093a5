import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createPipelineFileChanges } from "../../../adapters/pipeline-file-changes.ts";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import type { PlannedWatch } from "../../../relay/plan/planned-watch.ts";
import { runWithReload, type Plan } from "../../../relay/plan/reload.ts";
import { plannedWatch } from "../../support/followed-watch.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const text = (resource: string): string =>
  `apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: c }\nwatch: [{ resource: ${resource} }]\n`;

/** Runs on a file whose text is exchanged, one after the other, each time that something was told. */
async function run(texts: readonly string[], served: readonly string[] = ["pods", "jobs.batch"]) {
  using folder = temporaryFolder();
  const path = join(folder.path, "pipeline.yaml");
  writeFileSync(path, text("pods"));
  const first = await readPipelineFile(path);
  if (!first.ok) throw new Error("the first pipeline is valid");
  const told: string[] = [];
  const stop = new AbortController();
  const left = [...texts];
  const tell = (line: string): void => {
    told.push(line);
    const next = left.shift();
    if (next === undefined) stop.abort();
    else writeFileSync(path, next);
  };
  const unserved = new Map<string, number>();
  await runWithReload(
    {
      path,
      changes: createPipelineFileChanges(path),
      clock: { sleep: async () => sleep(1) },
      plan: async (pipeline): Promise<Plan> => {
        const resource = pipeline.watch[0]?.resource ?? "";
        const asked = (unserved.get(resource) ?? 0) + 1;
        unserved.set(resource, asked);
        // Served from the third question on.
        if (!served.includes(resource) && asked < 3) throw new Error(`no ${resource}`);
        return { digest: pipeline.digest, watches: [] };
      },
      report: {
        reloaded: () => undefined,
        reloadRefused: (message) => tell(`refused ${message.replace(folder.path, "")}`),
      },
    },
    { digest: first.value.pipeline.digest, watches: [] },
    async (plan, signal) => {
      tell(plan.digest === first.value.pipeline.digest ? "run the first" : "run another");
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve());
      });
      told.push("stopped");
    },
    AbortSignal.any([stop.signal, AbortSignal.timeout(1_000)]),
  );
  return told;
}

/** Runs a plan on a cluster whose plans come one after the other; `absent` are the keys that are not served now. */
async function runOnCluster(first: Plan, later: readonly Plan[], absent: readonly string[]) {
  using folder = temporaryFolder();
  const path = join(folder.path, "pipeline.yaml");
  writeFileSync(path, text("pods"));
  const file = await readPipelineFile(path);
  if (!file.ok) throw new Error("the pipeline is valid");
  const { pipeline } = file.value;
  const stop = new AbortController();
  const ran: string[] = [];
  const left = [...later];
  await runWithReload(
    {
      path,
      changes: createPipelineFileChanges(path),
      clock: { sleep: async () => sleep(1) },
      absentKeys: () => new Set(absent),
      plan: async () => {
        const next = left.shift();
        if (next !== undefined) return { ...next, pipeline };
        stop.abort();
        throw new Error("over");
      },
      report: { reloaded: () => undefined, reloadRefused: (message) => ran.push(message) },
    },
    { ...first, pipeline, digest: pipeline.digest },
    async ({ watches, absent: waiting = [] }, signal) => {
      const planned = watches.map(({ name, target }) => `${name} ${target.resource.version}`);
      ran.push([...planned, ...waiting.map(({ name }) => `${name} absent`)].join(", "));
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve());
      });
    },
    AbortSignal.any([stop.signal, AbortSignal.timeout(1_000)]),
  );
  return ran;
}

const watchOf = (key: string, version: string): PlannedWatch => {
  const planned = plannedWatch();
  const resource = { ...planned.target.resource, version };
  return { ...planned, key, name: key, target: { ...planned.target, resource } };
};
const waiting = (key: string) => ({ key, name: key, meant: undefined });

describe("a relay some of whose resources are absent", () => {
  it("watches them as soon as they are served, and goes on with the others", async () => {
    const first = { digest: "d", watches: [watchOf("a", "v1")], absent: [waiting("b")] };
    const both = { digest: "d", watches: [watchOf("a", "v1"), watchOf("b", "v1")], absent: [] };
    expect(await runOnCluster(first, [first, both], ["b"])).toEqual([
      "a v1, b absent",
      "a v1, b v1",
    ]);
  });

  it("takes another version of them where only that is served now", async () => {
    const first = { digest: "d", watches: [watchOf("a", "v1beta1"), watchOf("b", "v1")] };
    const now = { digest: "d", watches: [watchOf("a", "v1"), watchOf("b", "v2")] };
    // What works is left alone.
    expect(await runOnCluster(first, [now], ["a"])).toEqual(["a v1beta1, b v1", "a v1, b v1"]);
  });

  it("never takes out what runs, whatever one server of several says", async () => {
    const first = { digest: "d", watches: [watchOf("a", "v1")], absent: [waiting("b")] };
    const other = { digest: "d", watches: [watchOf("b", "v1")], absent: [waiting("a")] };
    const none = { digest: "d", watches: [], absent: [waiting("a"), waiting("b")] };
    expect(await runOnCluster(first, [none, other], ["b"])).toEqual([
      "a v1, b absent",
      "a v1, b v1",
    ]);
  });
});

describe("a relay whose pipeline file changes", () => {
  it("finishes what runs, and then runs the other pipeline", async () => {
    expect(await run([text("jobs.batch"), text("pods")])).toEqual([
      "run the first",
      "stopped",
      "run another",
      "stopped",
      "run the first",
      "stopped",
    ]);
  });

  it("refuses an invalid one with its line, and the old one goes on", async () => {
    expect(await run([`${text("pods")}rulez: []\n`, text("jobs.batch")])).toEqual([
      "run the first",
      expect.stringMatching(/^refused \/pipeline\.yaml:5:1: rulez /),
      "stopped",
      "run another",
      "stopped",
    ]);
  });

  it("does not stop for a comment", async () => {
    expect(await run([`# new\n${text("pods")}`])).toEqual(["run the first", "stopped"]);
  });

  it("waits for what the cluster does not serve yet, and says so once", async () => {
    expect(await run([text("widgets.example.com"), text("widgets.example.com")])).toEqual([
      "run the first",
      "refused no widgets.example.com",
      "stopped",
      "run another",
      "stopped",
    ]);
  });
});
