/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parsePipelineText } from "../../adapters/pipeline-file.ts";
import { parsePipeline } from "../../core/pipeline/parse/parse-pipeline.ts";
import { createPipelineSchema } from "../../infra/schema/create-pipeline-schema.ts";

const ROOT = new URL("../../", import.meta.url);
const PUBLISHED: unknown = JSON.parse(
  readFileSync(new URL("infra/schema/pipeline.schema.json", ROOT), "utf8"),
);

// This checks against the meta-schema too: ajv throws for an invalid schema.
const isValidBySchema = new Ajv({
  strict: true,
  strictRequired: false,
  strictTypes: false,
}).compile(PUBLISHED as object);

const RULE = {
  id: "rerun",
  on: { resource: "jobs.batch" },
  then: [{ createJobFromCronJob: null }, { alert: { to: "a", summary: "'x'" } }],
};

function toDocument(rule: object = {}, more: object = {}): object {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "prod" } };
  return { ...head, rules: [{ ...RULE, ...rule }], ...more };
}

test("the published schema is the one that npm run schema generates from the code", () => {
  expect(PUBLISHED).toEqual(createPipelineSchema());
});

describe("the published schema and kubemend validate agree", () => {
  const named = (cronJob: unknown) => ({ then: [{ createJobFromCronJob: { cronJob } }] });
  test.each<[string, object]>([
    ["the sandbox's pipeline", parse(readFileSync(new URL("sandbox/pipeline.yaml", ROOT), "utf8"))],
    ["a small one", toDocument()],
    ["watches alone", toDocument({}, { rules: undefined, watch: [{ resource: "pods" }] })],
    [
      "all of a rule",
      toDocument({
        on: {
          resource: "jobs.batch",
          changes: ["added", "left"],
          namespaces: { labelSelector: "team=data" },
          labelSelector: "a=b",
          fieldSelector: "metadata.name=x",
        },
        where: "true",
        whereTarget: "true",
        reach: ["a", "b"],
        once: { key: "object.metadata.name" },
        initial: "include",
        for: "1h30m",
        verify: { where: "true", within: "90s" },
        onFailure: [{ createJobFromCronJob: {} }],
        guards: { mode: "dryRun" },
      }),
    ],
    ["reach over the cluster", toDocument({ reach: "cluster" })],
    ["a CronJob by name", toDocument(named({ name: "backup" }))],
    ["a CronJob by reference", toDocument(named({ relation: "owner", index: 0 }))],
    ...["object", "generation", "change", { condition: "Failed" }].map((once): [string, object] => [
      `once: ${JSON.stringify(once)}`,
      toDocument({ once }),
    ]),
  ])("valid: %s", (_, document) => {
    const written: unknown = JSON.parse(JSON.stringify(document));
    expect(parsePipeline(written)).toMatchObject({ ok: true });
    isValidBySchema(written);
    expect(isValidBySchema.errors).toBeNull();
  });

  test.each<[string, unknown]>([
    ["a list", []],
    ["no apiVersion", toDocument({}, { apiVersion: undefined })],
    ["another kind", toDocument({}, { kind: "Pipelines" })],
    ["an unknown key", toDocument({}, { clutser: {} })],
    ["an unknown key of a rule", toDocument({ wher: "true" })],
    ["an unknown key of on", toDocument({ on: { resource: "pods", namespace: "a" } })],
    [
      "an unknown key of a selector",
      toDocument({ on: { resource: "pods", namespaces: { a: "b" } } }),
    ],
    ["an id in capitals", toDocument({ id: "Rerun" })],
    ["no actions", toDocument({ then: [] })],
    ["an unknown action", toDocument({ then: [{ reboot: {} }] })],
    [
      "two actions in one",
      toDocument({ then: [{ alert: { to: "a", summary: "'x'" }, createJobFromCronJob: {} }] }),
    ],
    ["an alert without parameters", toDocument({ then: [{ alert: null }] })],
    [
      "a parameter that is none",
      toDocument({ then: [{ createJobFromCronJob: { cronjob: "owner" } }] }),
    ],
    ["a reference by no relation", toDocument(named({ relation: "friend" }))],
    ["an episode that is none", toDocument({ once: "always" })],
    ["an episode of two", toDocument({ once: { condition: "A", key: "'b'" } })],
    ["a duration that is none", toDocument({ for: "10 minutes" })],
    ["a duration of nothing", toDocument({ for: "0s" })],
    ["a mode that is none", toDocument({ guards: { mode: "dry" } })],
    ["reach without end", toDocument({ reach: "world" })],
    ["where as a number", toDocument({ where: 1 })],
    ["changes that are none", toDocument({ on: { resource: "pods", changes: ["updated"] } })],
  ])("invalid: %s", (_, document) => {
    const written: unknown = JSON.parse(JSON.stringify(document));
    expect(parsePipeline(written).ok).toBe(false);
    expect(isValidBySchema(written)).toBe(false);
  });

  test("the schema accepts what validate accepts, whatever is changed in a pipeline", () => {
    const key = fc.constantFrom(
      ..."id on where once then guards initial for at reach whereTarget verify onFailure".split(
        " ",
      ),
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(..."object change cluster include true 10m 1h".split(" ")),
      fc.constant({ resource: "pods", namespaces: ["a"] }),
      fc.constant([{ alert: { to: "a", summary: "'x'" } }]),
    );
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 3 }), (rule) => {
        const document = toDocument(rule);
        const isValid = parsePipelineText(JSON.stringify(document)).ok;
        expect(!isValid || isValidBySchema(document)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
