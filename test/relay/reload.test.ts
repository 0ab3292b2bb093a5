import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createPipelineFileChanges } from "../../adapters/pipeline-file-changes.ts";
import { readPipelineFile } from "../../adapters/pipeline-file.ts";
import { runWithReload, type Plan } from "../../relay/reload.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

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
