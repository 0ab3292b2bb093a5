import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listNamedNamespaces } from "../../../sandbox/access/named-namespaces.ts";
import {
  followPipelineSource,
  readPipelineSource,
} from "../../../sandbox/pipeline/pipeline-source.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let used: string[];
let refused: string[];
let stop: AbortController;
let following: Promise<void>;
/** Thrown by the next use. */
let failure: Error | undefined;

const toText = (name: string): string => `apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: ${name} }
watch: [{ resource: pods, namespaces: [watched, data] }]
rules:
  - id: rerun
    on: { resource: jobs.batch, namespaces: [data] }
    reach: [reached]
    then: [{ createJobFromCronJob: {} }]
  - id: everywhere
    on: { resource: jobs.batch, namespaces: { labelSelector: "team=data" } }
    reach: cluster
    then: [{ createJobFromCronJob: {} }]
`;

beforeEach(async () => {
  folder = temporaryFolder();
  file = join(folder.path, "pipeline.yaml");
  used = [];
  refused = [];
  failure = undefined;
  stop = new AbortController();
  writeFileSync(file, toText("first"));
  following = followPipelineSource(
    await readPipelineSource(file),
    {
      async onChange({ pipeline }) {
        const error = failure;
        failure = undefined;
        if (error !== undefined) throw error;
        used.push(pipeline.cluster.name);
      },
      onRefused: (message) => void refused.push(message),
    },
    stop.signal,
  );
});

afterEach(async () => {
  stop.abort();
  await following;
  folder[Symbol.dispose]();
});

it("uses another pipeline when the file contains one, and not the same one again", async () => {
  writeFileSync(file, toText("second"));
  await vi.waitFor(() => expect(used).toEqual(["second"]), 20_000);
  writeFileSync(file, `# the same\n${toText("second")}`);
  writeFileSync(file, toText("third"));
  await vi.waitFor(() => expect(used).toEqual(["second", "third"]), 20_000);
  expect(refused).toEqual([]);
});

it("refuses a file that is not valid, with the place, and uses the next one that is", async () => {
  writeFileSync(file, "rules: nonsense");
  await vi.waitFor(() => expect(refused).toHaveLength(1), 20_000);
  expect(refused[0]).toContain(`${file}:1:`);
  writeFileSync(file, toText("second"));
  await vi.waitFor(() => expect(used).toEqual(["second"]), 20_000);
});

it("reports a pipeline whose use has failed, and tries it again at the next change", async () => {
  failure = new Error("no right to do so");
  writeFileSync(file, toText("second"));
  await vi.waitFor(() => expect(refused).toEqual(["no right to do so"]), 20_000);
  writeFileSync(file, `# once more\n${toText("second")}`);
  await vi.waitFor(() => expect(used).toEqual(["second"]), 20_000);
});

it("waits while the file is away, as when an editor replaces it", async () => {
  rmSync(file);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  writeFileSync(file, toText("second"));
  await vi.waitFor(() => expect(used).toEqual(["second"]), 20_000);
});

it("the namespaces that a pipeline names are those of its rules, their reach and its watches", async () => {
  const { pipeline } = await readPipelineSource(file);
  expect(listNamedNamespaces(pipeline)).toEqual(["data", "reached", "watched"]);
});
