import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createPipelineFileChanges } from "../../../adapters/pipeline-file-changes.ts";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import type { PlannedWatch } from "../../../relay/plan/planned-watch.ts";
import { runWithReload, type PlannedPipeline } from "../../../relay/plan/reload.ts";
import { plannedWatch } from "../../support/relay/followed-watch.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

const text = (resource: string): string =>
  `apiVersion: kubemend.dev/v1alpha1\nkind: Pipeline\ncluster: { name: c }\nwatch: [{ resource: ${resource} }]\n`;

/** Looks at the file after which nothing more will happen. */
const QUIET_LOOKS = 20;

/** Runs on a file whose text is replaced, one text after the other, each time that something was reported. */
async function run(texts: readonly string[], served: readonly string[] = ["pods", "jobs.batch"]) {
  using folder = temporaryFolder();
  const path = join(folder.path, "pipeline.yaml");
  writeFileSync(path, text("pods"));
  const first = await readPipelineFile(path);
  if (!first.ok) throw new Error("the first pipeline is valid");
  const reports: string[] = [];
  const stop = new AbortController();
  const left = [...texts];
  let quietLooks = 0;
  const report = (line: string): void => {
    reports.push(line);
    quietLooks = 0;
    const next = left.shift();
    if (next === undefined) stop.abort();
    else writeFileSync(path, next);
  };
  const unserved = new Map<string, number>();
  await runWithReload(
    {
      path,
      changes: createPipelineFileChanges(path),
      clock: {
        async sleep() {
          quietLooks += 1;
          if (quietLooks > QUIET_LOOKS) stop.abort();
          await turn();
        },
      },
      planPipeline: async (pipeline): Promise<PlannedPipeline> => {
        const resource = pipeline.watch[0]?.resource ?? "";
        const asked = (unserved.get(resource) ?? 0) + 1;
        unserved.set(resource, asked);
        // Served from the third request on.
        if (!served.includes(resource) && asked < 3) throw new Error(`no ${resource}`);
        return { digest: pipeline.digest, watches: [] };
      },
      report: {
        reloaded: () => undefined,
        replanned: () => undefined,
        reloadRefused: (message) => report(`refused ${message.replace(folder.path, "")}`),
      },
    },
    { digest: first.value.pipeline.digest, watches: [] },
    async (plan, signal) => {
      report(plan.digest === first.value.pipeline.digest ? "run the first" : "run another");
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve());
      });
      reports.push("stopped");
    },
    stop.signal,
  );
  return reports;
}

/** Runs a plan on a cluster that returns these plans one after the other; `absent`: keys that are not served now. */
async function runOnCluster(
  first: PlannedPipeline,
  later: readonly PlannedPipeline[],
  absent: readonly string[],
) {
  using folder = temporaryFolder();
  const path = join(folder.path, "pipeline.yaml");
  writeFileSync(path, text("pods"));
  const file = await readPipelineFile(path);
  if (!file.ok) throw new Error("the pipeline is valid");
  const { pipeline } = file.value;
  const stop = new AbortController();
  const ran: string[] = [];
  const reported: string[] = [];
  const left = [...later];
  await runWithReload(
    {
      path,
      changes: createPipelineFileChanges(path),
      clock: { sleep: () => turn() },
      absentKeys: () => new Set(absent),
      planPipeline: async () => {
        const next = left.shift();
        if (next !== undefined) return { ...next, pipeline, digest: pipeline.digest };
        stop.abort();
        throw new Error("over");
      },
      report: {
        reloaded: () => reported.push("reloaded"),
        replanned: (_digest, resources) => reported.push(`now served: ${resources.join(", ")}`),
        reloadRefused: (message) => ran.push(message),
      },
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
    stop.signal,
  );
  return { ran, reported };
}

const watchOf = (key: string, version: string): PlannedWatch => {
  const planned = plannedWatch();
  const resource = { ...planned.target.resource, version };
  return { ...planned, key, name: key, target: { ...planned.target, resource } };
};
const waiting = (key: string) => ({ key, name: key, meant: undefined });

describe("a relay with absent resources", () => {
  it("watches them as soon as they are served, and keeps watching the others", async () => {
    const first = { digest: "d", watches: [watchOf("a", "v1")], absent: [waiting("b")] };
    const both = { digest: "d", watches: [watchOf("a", "v1"), watchOf("b", "v1")], absent: [] };
    const { ran } = await runOnCluster(first, [first, both], ["b"]);
    expect(ran).toEqual(["a v1, b absent", "a v1, b v1"]);
  });

  it("reports which of them are served now, and no change of the pipeline file", async () => {
    const first = { digest: "d", watches: [watchOf("a", "v1")], absent: [waiting("b")] };
    const both = { digest: "d", watches: [watchOf("a", "v1"), watchOf("b", "v2")], absent: [] };
    const { reported } = await runOnCluster(first, [both], ["b"]);
    expect(reported).toEqual(["now served: b (v2)"]);
  });

  it("uses another version of them if only that is served now", async () => {
    const first = { digest: "d", watches: [watchOf("a", "v1beta1"), watchOf("b", "v1")] };
    const now = { digest: "d", watches: [watchOf("a", "v1"), watchOf("b", "v2")] };
    // A watch that works is left alone.
    const { ran } = await runOnCluster(first, [now], ["a"]);
    expect(ran).toEqual(["a v1beta1, b v1", "a v1, b v1"]);
  });

  it("never removes a running watch, whatever one server of several reports", async () => {
    const first = { digest: "d", watches: [watchOf("a", "v1")], absent: [waiting("b")] };
    const other = { digest: "d", watches: [watchOf("b", "v1")], absent: [waiting("a")] };
    const none = { digest: "d", watches: [], absent: [waiting("a"), waiting("b")] };
    const { ran } = await runOnCluster(first, [none, other], ["b"]);
    expect(ran).toEqual(["a v1, b absent", "a v1, b v1"]);
  });
});

describe("a relay whose pipeline file changes", () => {
  it("finishes the running pipeline, and then runs the other one", async () => {
    expect(await run([text("jobs.batch"), text("pods")])).toEqual([
      "run the first",
      "stopped",
      "run another",
      "stopped",
      "run the first",
      "stopped",
    ]);
  });

  it("refuses an invalid one with its line, and keeps running the previous one", async () => {
    expect(await run([`${text("pods")}rulez: []\n`, text("jobs.batch")])).toEqual([
      "run the first",
      expect.stringMatching(/^refused \/pipeline\.yaml:5:1 rulez: /),
      "stopped",
      "run another",
      "stopped",
    ]);
  });

  it("does not stop for a comment", async () => {
    expect(await run([`# new\n${text("pods")}`])).toEqual(["run the first", "stopped"]);
  });

  it("waits for what the cluster does not serve yet, and reports that once", async () => {
    expect(await run([text("widgets.example.com"), text("widgets.example.com")])).toEqual([
      "run the first",
      "refused no widgets.example.com",
      "stopped",
      "run another",
      "stopped",
    ]);
  });
});
