import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
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

test("a pipeline is the same one as JSON and as YAML", async () => {
  const json = await loadPipeline(write("a.json", JSON.stringify(parse(YAML))));
  const yaml = await loadPipeline(write("a.yaml", YAML));
  expect(json.digest).toBe(yaml.digest);
  expect(json.rules[0]?.id).toBe("tell");
});

test("a faulty one is told with its places, whichever it is", async () => {
  const faulty = YAML.replace("jobs.batch", "job.batch");
  await expect(loadPipeline(write("b.yaml", faulty))).rejects.toMatchObject({
    code: "InvalidPipeline",
    message: expect.stringMatching(/b\.yaml is not a valid pipeline: 7:21 .*unknown resource/),
  });
  const json = JSON.stringify(parse(faulty));
  await expect(loadPipeline(write("b.json", json))).rejects.toMatchObject({
    code: "InvalidPipeline",
    message: expect.stringMatching(/unknown resource job\.batch/),
  });
});

test("a file that is not there is a fault of the configuration", async () => {
  await expect(loadPipeline(join(folder, "none.json"))).rejects.toMatchObject({
    code: "InvalidConfiguration",
  });
});
