import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPipelineFile } from "../../../adapters/pipeline-file.ts";
import { toChangeMessage } from "../../../core/changes/to-change-message.ts";
import type { Pipeline } from "../../../core/pipeline/pipeline.ts";
import { planWatches } from "../../../core/pipeline/watches.ts";
import type { ChangeKind } from "../../../events/ids.ts";
import { temporaryFolder } from "../../support/host/temporary-folder.ts";

type Rule = Readonly<Record<string, unknown>>;

const JOBS = { group: "batch", version: "v1", resource: "jobs", kind: "Job", namespaced: true };

export const RERUN: Rule & { readonly where: string } = {
  id: "rerun",
  on: { resource: "jobs.batch" },
  where:
    'object.metadata.name.startsWith("backup") && object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
  then: [{ createJobFromCronJob: { cronJob: "owner" } }],
};
export const TELL: Rule = {
  id: "tell",
  on: { resource: "jobs.batch", changes: ["deleted"] },
  once: "object",
  then: [{ alert: { to: "oncall", summary: "object.metadata.name" } }],
};

type Recorded = {
  readonly name: string;
  readonly change?: ChangeKind;
  readonly failedAt?: string;
  /** Absent: no status yet. */
  readonly hasStatus?: boolean;
  /** When the change was recorded; absent: a second after another. */
  readonly time?: string;
};

/** A folder with pipelines, and with a recording of changes of Jobs. */
export type RecordingFolder = Disposable & {
  readonly path: string;
  /** Returns the pipeline file. */
  readonly writePipeline: (name: string, rules: readonly object[]) => string;
  /** Returns the file of a recording as the relay of this pipeline would have made it. */
  readonly writeRecording: (
    pipeline: string,
    jobs: readonly (Recorded | string)[],
  ) => Promise<string>;
};

export function createRecordingFolder(): RecordingFolder {
  const folder = temporaryFolder();
  const write = (name: string, text: string): string => {
    const file = join(folder.path, name);
    writeFileSync(file, text);
    return file;
  };
  return {
    ...folder,
    writePipeline(name, rules) {
      const head = {
        apiVersion: "kubemend.dev/v1alpha1",
        kind: "Pipeline",
        cluster: { name: "c" },
      };
      return write(name, JSON.stringify({ ...head, rules }));
    },
    async writeRecording(pipeline, jobs) {
      const read = await readPipelineFile(pipeline);
      if (!read.ok) throw new Error(JSON.stringify(read.error));
      const lines = jobs.map((job, index) =>
        typeof job === "string" ? job : toLine(read.value.pipeline, job, index),
      );
      return write("changes.jsonl", lines.map((line) => `${line}\n`).join(""));
    },
  };
}

function toLine(pipeline: Pipeline, job: Recorded, index: number): string {
  const [watch] = planWatches(pipeline);
  const { name, change = "modified", failedAt, hasStatus = true } = job;
  const conditions =
    failedAt === undefined
      ? []
      : [{ type: "Failed", status: "True", lastTransitionTime: failedAt }];
  const { message } = toChangeMessage(
    {
      cluster: { name: "c", uid: "cluster-uid" },
      watch: watch?.key ?? "",
      pipeline: pipeline.digest,
      rules: {},
      resource: JOBS,
    },
    {
      change,
      object: {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name, namespace: "team", uid: `uid-${name}` },
        ...(hasStatus ? { status: { conditions } } : {}),
      },
      resourceVersion: String(index + 1),
      epoch: 1,
      time: job.time ?? `2026-01-01T00:00:0${index}.000Z`,
    },
  );
  return JSON.stringify(message);
}
