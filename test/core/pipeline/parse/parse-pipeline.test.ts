/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import type { Pipeline, PipelineIssue } from "../../../../core/pipeline/pipeline.ts";

const RULE = {
  id: "rerun",
  on: { resource: "jobs.batch" },
  where: 'object.status.conditions.exists(c, c.type == "Failed" && c.status == "True")',
  then: [
    { createJobFromCronJob: { cronJob: "owner" } },
    { alert: { to: "oncall", summary: "'failed: ' + object.metadata.name" } },
  ],
};

function toDocument(
  rule: Readonly<Record<string, unknown>> = RULE,
  more: object = {},
): Readonly<Record<string, unknown>> {
  const head = { apiVersion: "kubemend.dev/v1alpha1", kind: "Pipeline", cluster: { name: "prod" } };
  return { ...head, rules: [rule], ...more };
}

function parse(document: unknown): Pipeline {
  const result = parsePipeline(document);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function findIssues(document: unknown): readonly PipelineIssue[] {
  const result = parsePipeline(document);
  return result.ok ? [] : result.error;
}

describe("a valid pipeline", () => {
  test("gets its defaults and a derived episode", () => {
    const pipeline = parse(toDocument());
    expect(pipeline.cluster).toEqual({ name: "prod" });
    expect(pipeline.rules).toMatchObject([
      {
        id: "rerun",
        on: { resource: "jobs.batch", changes: ["added", "modified"] },
        once: { type: "condition", condition: "Failed" },
        initial: "skip",
        mode: "enforce",
        then: [
          { action: "createJobFromCronJob", parameters: { concurrencyPolicy: "honour" } },
          { action: "alert", parameters: { to: "oncall" } },
        ],
      },
    ]);
  });

  test("is deeply frozen", () => {
    const pipeline = parse(toDocument());
    expect(Object.isFrozen(pipeline)).toBe(true);
    expect(Object.isFrozen(pipeline.rules[0]?.then[0]?.parameters)).toBe(true);
  });

  test("may watch without rules", () => {
    const watch = [{ resource: "pods", namespaces: ["a", "b"], labelSelector: "app=x" }];
    const { rules: _rules, ...document } = toDocument(RULE, { watch });
    expect(parse(document).watch).toEqual([
      {
        ...watch[0],
        namespaceSelector: undefined,
        fieldSelector: undefined,
        delivery: "latest",
      },
    ]);
  });

  test.each([
    "owner",
    { name: "backup" },
    { namespace: "data", name: "backup" },
    { relation: "involved", kind: "CronJob", index: 0 },
  ])("may name the CronJob as %j", (cronJob) => {
    const then = [{ createJobFromCronJob: { cronJob } }];
    expect(parse(toDocument({ ...RULE, then })).rules[0]?.then[0]?.parameters).toMatchObject({
      cronJob,
    });
  });

  test("may select namespaces by their labels", () => {
    const on = { resource: "jobs.batch", namespaces: { labelSelector: " team=data " } };
    const [rule] = parse(toDocument({ ...RULE, on })).rules;
    expect(rule?.on).toMatchObject({ namespaces: undefined, namespaceSelector: "team=data" });
  });

  test("accepts resources of add-ons and custom groups", () => {
    for (const resource of ["widgets.example.com", "httproutes.gateway.networking.k8s.io"]) {
      expect(findIssues(toDocument({ ...RULE, on: { resource }, once: "change" }))).toEqual([]);
    }
  });
});

describe("digests", () => {
  test("the order of keys does not count, the content does", () => {
    const reversed = Object.fromEntries(Object.entries(RULE).toReversed());
    const [a, b] = [parse(toDocument()), parse(toDocument(reversed))];
    expect(b.digest).toBe(a.digest);
    expect(b.rules[0]?.digest).toBe(a.rules[0]?.digest);
    const other = parse(toDocument({ ...RULE, initial: "include" }));
    expect(other.digest).not.toBe(a.digest);
    expect(other.rules[0]?.digest).not.toBe(a.rules[0]?.digest);
  });

  test("the digest of a rule does not depend on other rules or the cluster", () => {
    const other = { ...RULE, id: "other" };
    const pipeline = parse(toDocument(RULE, { rules: [other, RULE], cluster: { name: "test" } }));
    expect(pipeline.rules[1]?.digest).toBe(parse(toDocument()).rules[0]?.digest);
  });
});

describe("a fault is reported with its place and how to correct it", () => {
  test.each<[string, object, readonly (string | number)[], RegExp, RegExp?]>([
    [
      "a misspelt key",
      { ...RULE, wher: "true" },
      ["rules", 0, "wher"],
      /unknown key/,
      /did you mean where\?/,
    ],
    [
      "a key of a later version",
      { ...RULE, priority: 1 },
      ["rules", 0, "priority"],
      /unknown key/,
      /allowed here: id, on/,
    ],
    [
      "a guard of a later version",
      { ...RULE, guards: { dailyLimit: 3 } },
      ["rules", 0, "guards", "dailyLimit"],
      /unknown key/,
      /allowed here: mode/,
    ],
    [
      "a misspelt namespace selector",
      { ...RULE, on: { resource: "pods", namespaces: { labelSelektor: "a=b" } } },
      ["rules", 0, "on", "namespaces", "labelSelektor"],
      /unknown key/,
      /did you mean labelSelector\?/,
    ],
    [
      "a reference by an unknown relation",
      { ...RULE, then: [{ createJobFromCronJob: { cronJob: { relation: "friend" } } }] },
      ["rules", 0, "then", 0, "createJobFromCronJob", "cronJob"],
      /expected owner, trigger, \{relation/,
    ],
    [
      "a label selector that cannot be read",
      { ...RULE, on: { resource: "pods", labelSelector: "app in a, b" } },
      ["rules", 0, "on", "labelSelector"],
      /"app in a" is not a label requirement/,
    ],
    [
      "a selector of namespaces that cannot be read",
      { ...RULE, on: { resource: "pods", namespaces: { labelSelector: "team=data," } } },
      ["rules", 0, "on", "namespaces", "labelSelector"],
      /is not a label requirement/,
    ],
    [
      "namespaces in one text",
      { ...RULE, on: { resource: "pods", namespaces: "a, b" } },
      ["rules", 0, "on", "namespaces"],
      /list of namespace names, or \{ labelSelector/,
    ],
    [
      "an empty list of namespaces",
      { ...RULE, on: { resource: "pods", namespaces: [] } },
      ["rules", 0, "on", "namespaces"],
      /is empty/,
    ],
    [
      "a namespace selector for a cluster-scoped resource",
      { ...RULE, on: { resource: "nodes", namespaces: { labelSelector: "a=b" } }, once: "object" },
      ["rules", 0, "on", "namespaces"],
      /have no namespaces/,
    ],
    [
      "a resource without its group's name",
      { ...RULE, on: { resource: "job.batch" } },
      ["rules", 0, "on", "resource"],
      /unknown resource job\.batch/,
      /did you mean jobs\.batch\?/,
    ],
    [
      "a resource of a misspelt group",
      { ...RULE, on: { resource: "ingresses.networkng.k8s.io" } },
      ["rules", 0, "on", "resource"],
      /unknown resource/,
    ],
    [
      "a kind for a resource",
      { ...RULE, on: { resource: "Job" } },
      ["rules", 0, "on", "resource"],
      /not a resource name/,
      /jobs\.batch/,
    ],
    [
      "namespaces for a cluster-scoped resource",
      { ...RULE, on: { resource: "nodes", namespaces: ["a"] }, once: "object" },
      ["rules", 0, "on", "namespaces"],
      /have no namespaces/,
    ],
    [
      "a CEL error",
      { ...RULE, where: "object.a = 1" },
      ["rules", 0, "where"],
      /CEL: .*equality is ==/,
    ],
    [
      "an unknown action",
      { ...RULE, then: [{ createJobFromCronjob: {} }] },
      ["rules", 0, "then", 0, "createJobFromCronjob"],
      /unknown action/,
      /did you mean createJobFromCronJob\?/,
    ],
    [
      "an action that is a property of every object",
      { ...RULE, then: [{ constructor: {} }] },
      ["rules", 0, "then", 0, "constructor"],
      /unknown action/,
      /^actions: alert, annotate, /,
    ],
    [
      "two actions in one entry",
      { ...RULE, then: [{ alert: {}, createJobFromCronJob: {} }] },
      ["rules", 0, "then", 0],
      /one action/,
    ],
    [
      "a misspelt parameter",
      { ...RULE, then: [{ alert: { to: "a", sumary: "'x'" } }] },
      ["rules", 0, "then", 0, "alert", "sumary"],
      /unknown key/,
      /did you mean summary\?/,
    ],
    [
      "a CEL error in a parameter",
      { ...RULE, then: [{ alert: { to: "a", summary: "failed: x" } }] },
      ["rules", 0, "then", 0, "alert", "summary"],
      /CEL: syntax error/,
    ],
    [
      "a malformed episode",
      { ...RULE, on: { resource: "pods" }, where: "true", once: { at: "x" } },
      ["rules", 0, "once"],
      /does not identify an episode/,
      /object, generation, change/,
    ],
    ["a bad id", { ...RULE, id: "Rerun!" }, ["rules", 0, "id"], /lower-case letters/],
    ["no action", { ...RULE, then: [] }, ["rules", 0, "then"], /needs an action/],
    ["a list for fields", { ...RULE, guards: [] }, ["rules", 0, "guards"], /not a list/],
  ])("%s", (_what, rule, path, message, hint) => {
    const issues = findIssues(toDocument(rule as Readonly<Record<string, unknown>>));
    const issue = issues.find((one) => JSON.stringify(one.path) === JSON.stringify(path));
    expect(issue?.message).toMatch(message);
    expect(issue?.hint ?? "").toMatch(hint ?? /(?:)/);
  });

  test("missing parts are named", () => {
    expect(findIssues({})).toMatchObject([
      { path: ["apiVersion"], message: "apiVersion is missing" },
      { path: ["kind"], message: "kind is missing" },
      { path: ["cluster"], message: "cluster is missing" },
      { path: [], message: "nothing to watch: it has neither rules nor watch entries" },
    ]);
  });

  test("an id that is used twice names the first use", () => {
    const issues = findIssues(toDocument(RULE, { rules: [RULE, RULE] }));
    expect(issues).toMatchObject([
      { path: ["rules", 1, "id"], message: "the id rerun is used twice, first by rules[0]" },
    ]);
  });

  test("all faults at once, each once", () => {
    const bad = {
      id: "a",
      on: { resource: "job.batch", change: [] },
      where: "(",
      then: [{ alert: {} }],
    };
    const paths = findIssues(toDocument(bad, { extra: 1 })).map(({ path }) => path.join("."));
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.toSorted()).toEqual(
      [
        "extra",
        "rules.0.on.change",
        "rules.0.on.resource",
        "rules.0.then.0.alert.summary",
        "rules.0.then.0.alert.to",
        "rules.0.where",
      ].toSorted(),
    );
  });
});

describe("hostile documents", () => {
  test("a cycle is refused, not followed", () => {
    const cycle: Record<string, unknown> = { ...toDocument() };
    cycle["watch"] = cycle;
    expect(findIssues(cycle)).toMatchObject([{ message: "nested more than 40 deep" }]);
  });

  test("__proto__ is an unknown key like any other", () => {
    const document: unknown = JSON.parse(
      JSON.stringify(toDocument()).replace('"kind"', '"__proto__":{"x":1},"kind"'),
    );
    expect(findIssues(document)).toMatchObject([{ path: ["__proto__"] }]);
  });

  test("any JSON is parsed or refused", () => {
    const near = fc.record(
      { rules: fc.jsonValue(), watch: fc.jsonValue(), cluster: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), near), (document) => {
        expect(parsePipeline(document).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
