/* oxlint-disable unicorn/no-thenable -- a rule has a key then */
import { expect, test } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { findTypeFaults } from "../../../../core/pipeline/check/type-faults.ts";
import { toProjection, toReadProjection } from "../../../../core/pipeline/projection.ts";
import { planWatches } from "../../../../core/pipeline/watches.ts";
import { loadBuiltinTypes } from "../../../../core/schemas/builtin-types.ts";

const ALERT = { alert: { to: "team", summary: "'x'" } };
const CHANGED = { fields: ["data", "binaryData"], unknown: "skip" };

function parse(rule: object, on: object = {}) {
  return parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    rules: [
      {
        id: "rule",
        then: [ALERT],
        ...rule,
        on: { resource: "configmaps", changed: CHANGED, ...on },
      },
    ],
  });
}

function parseRule(rule: object = {}, on: object = {}) {
  const parsed = parse(rule, on);
  const [first] = parsed.ok ? parsed.value.rules : [];
  if (!parsed.ok || first === undefined) throw new Error(JSON.stringify(parsed));
  return { rule: first, pipeline: parsed.value };
}

function findIssues(rule: object, on: object = {}) {
  const parsed = parse(rule, on);
  return parsed.ok ? [] : parsed.error.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("a rule that compares fields is about modified objects, and each change is an episode", () => {
  const { on, once } = parseRule().rule;
  expect(on.changed).toEqual({ fields: [["data"], ["binaryData"]], unknown: "skip" });
  expect(on.changes).toEqual(["modified"]);
  expect(once).toEqual({ type: "change" });
});

test("it may have a key of its own, and be about added objects too", () => {
  const key = { key: "object.metadata.resourceVersion" };
  const { on, once } = parseRule({ once: key }, { changes: ["added", "modified"] }).rule;
  expect(on.changes).toEqual(["added", "modified"]);
  expect(once).toEqual({ type: "key", expression: key.key });
});

test("what to do if it is not known must be written", () => {
  const parsed = parse({}, { changed: { fields: ["data"] } });
  const [issue, ...others] = parsed.ok ? [] : parsed.error;
  expect(others).toEqual([]);
  expect(issue).toMatchObject({
    path: ["rules", 0, "on", "changed", "unknown"],
    message: "unknown is missing",
    hint: expect.stringMatching(/unknown: skip, or unknown: act/),
  });
});

test("a list of fields is refused, with what is missing", () => {
  const parsed = parse({}, { changed: ["data"] });
  const issue = {
    path: ["rules", 0, "on", "changed"],
    message: "expected fields (key: value), not a list",
    hint: expect.stringMatching(/fields: .*unknown: skip/),
  };
  expect(parsed.ok ? [] : parsed.error).toEqual(expect.arrayContaining([issue]));
});

test.each<[string, object, RegExp]>([
  ["no fields", { changed: { fields: [], unknown: "act" } }, /fields: is empty/],
  ["another word", { changed: { fields: ["data"], unknown: "ask" } }, /expected act or skip/],
  ["a JSON Pointer", { changed: { fields: ["/data"], unknown: "act" } }, /JSON Pointer/],
  ["an item", { changed: { fields: ["a[0].b"], unknown: "act" } }, /selects one item/],
  ["an open end", { changed: { fields: ["a[*]"], unknown: "act" } }, /ends in \[\*\]/],
  ["the kind", { changed: { fields: ["kind"], unknown: "act" } }, /never changes/],
  ["the uid", { changed: { fields: ["metadata.uid"], unknown: "act" } }, /never changes/],
  ["all metadata", { changed: { fields: ["metadata"], unknown: "act" } }, /every write/],
  [
    "the resourceVersion",
    { changed: { fields: ["metadata.resourceVersion"], unknown: "act" } },
    /changes with every write/,
  ],
  ["deletions", { changes: ["modified", "deleted"] }, /compares two states, and deleted is none/],
  ["only added objects", { changes: ["added"] }, /an added object has only one/],
  ["Events", { resource: "events" }, /keeps nothing of Events/],
])("%s cannot be compared", (_what, on, message) => {
  expect(findIssues({}, on).join("\n")).toMatch(message);
});

test.each<[string, object, RegExp]>([
  ["once per object", { once: "object" }, /object stays the same when a field changes/],
  ["once per condition", { once: { condition: "Ready" } }, /condition stays the same/],
  ["for", { for: "10m" }, /for is about a state that lasts/],
  ["the objects of the first start", { initial: "include" }, /no earlier state/],
  [
    "objects that are gone",
    {
      ifGone: "act",
      then: [ALERT, { restartRollout: { target: { resource: "deployments.apps", name: "web" } } }],
    },
    /about an object that exists/,
  ],
])("a rule that compares fields excludes %s", (_what, rule, message) => {
  expect(findIssues(rule).join("\n")).toMatch(message);
});

test("a field that the resource does not have would never change", async () => {
  const { pipeline } = parseRule({}, { changed: { fields: ["dta", "data"], unknown: "act" } });
  expect(findTypeFaults(pipeline, await loadBuiltinTypes())).toMatchObject([
    {
      path: ["rules", 0, "on", "changed", "fields", 0],
      message: "configmaps has no field dta, so it would never change",
      hint: "did you mean data?",
    },
  ]);
});

test("comparing is not reading: data of a Secret may be compared, and no body is sent for it", () => {
  const { pipeline } = parseRule(
    {},
    { resource: "secrets", changed: { ...CHANGED, fields: ["data"] } },
  );
  const [watch] = planWatches(pipeline);
  expect(watch && toProjection(watch)).toBe("metadata");
  expect(watch && toReadProjection(watch)).toBe("full");
});

test("comparing labels needs no body at all", () => {
  const { pipeline } = parseRule({}, { changed: { ...CHANGED, fields: ["metadata.labels"] } });
  const [watch] = planWatches(pipeline);
  expect(watch && toReadProjection(watch)).toBe("metadata");
});
