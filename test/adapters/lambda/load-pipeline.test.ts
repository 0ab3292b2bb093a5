import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { parsePipelineText } from "../../../adapters/pipeline-file.ts";
import { loadPipeline } from "../../../adapters/lambda/load-pipeline.ts";

const YAML = `# A pipeline
apiVersion: kubemend.dev/v1alpha1
kind: Pipeline
cluster: { name: prod }
rules:
  - id: tell
    on: { resource: jobs.batch }
    then: [{ alert: { to: a, summary: "'x'" } }]
`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubemend-load-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("a pipeline has the digest of the file that it was packed from", async () => {
  const json = await loadPipeline(write("a.json", JSON.stringify(parse(YAML))));
  const yaml = parsePipelineText(YAML);
  expect(json.digest).toBe(yaml.ok ? yaml.value.pipeline.digest : "");
  expect(json.rules[0]?.id).toBe("tell");
});

test("an invalid pipeline is reported with the field and a correction", async () => {
  const json = JSON.stringify(parse(YAML.replace("jobs.batch", "job.batch")));
  await expect(loadPipeline(write("b.json", json))).rejects.toMatchObject({
    code: "InvalidPipeline",
    message: expect.stringMatching(
      /b\.json is not a valid pipeline: rules\.0\.on\.resource unknown resource job\.batch \(.*jobs\.batch/,
    ),
  });
});

test("a file that is not JSON is reported, with how to convert it", async () => {
  await expect(loadPipeline(write("c.json", YAML))).rejects.toMatchObject({
    code: "InvalidPipeline",
    message: expect.stringMatching(/c\.json is not a valid pipeline: .* JSON.*npm run build/),
  });
});

test("a file that does not exist is a configuration error", async () => {
  await expect(loadPipeline(join(folder, "none.json"))).rejects.toMatchObject({
    code: "InvalidConfiguration",
  });
});
