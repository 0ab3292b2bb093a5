import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parsePipeline } from "../../core/pipeline/parse/parse-pipeline.ts";

const HEAD = {
  apiVersion: "kubemend.dev/v1alpha1",
  kind: "Pipeline",
  cluster: { name: "bench" },
};

/** An explicit entry: all initial objects are sent. */
export function watchAll(
  resource: string,
  fields: Readonly<Record<string, unknown>> = {},
): unknown {
  return { ...HEAD, watch: [{ resource, ...fields }], rules: [] };
}

/**
 * Only a rule watches: the initial objects are journalled, later changes are sent. A rule that reads nothing has
 * metadata watched, one that reads `object.spec` whole objects.
 */
export function watchByRule(resource: string, where = "false"): unknown {
  const alert = { alert: { to: "nobody", summary: "'nothing'" } };
  const rule = { id: "bench", on: { resource }, where, once: "change", then: [alert] };
  return { ...HEAD, rules: [rule] };
}

/** False if this version of Kubemend rejects it. */
export function isAccepted(pipeline: unknown): boolean {
  return parsePipeline(pipeline).ok;
}

/** Writes it to a file of that name; returns the file's path. */
export function writePipeline(folder: string, name: string, pipeline: unknown): string {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(pipeline));
  return path;
}
