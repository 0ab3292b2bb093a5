import { expect, test } from "vitest";
import { parsePipeline } from "../../../core/pipeline/parse/parse-pipeline.ts";
import { createRedact, hasRedactedPaths } from "../../../core/redaction/redactor.ts";
import { CONFIG_MAPS, configMap } from "../../support/relay/change.ts";

const CONFIG_MAP_RULE = {
  id: "r",
  on: { resource: "configmaps" },
  once: "object",
  // oxlint-disable-next-line unicorn/no-thenable -- the file's word
  then: [{ alert: { to: "x", summary: "'a'" } }],
};

const PASSWORD = [{ resource: "configmaps", paths: ["data.password"] }];

function parse(redact: unknown, rule: Record<string, unknown> = {}) {
  return parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "here" },
    rules: [{ ...CONFIG_MAP_RULE, ...rule }],
    ...(redact === undefined ? {} : { redact }),
  });
}

function issues(redact: unknown, rule: Record<string, unknown> = {}): readonly string[] {
  const parsed = parse(redact, rule);
  if (parsed.ok) return [];
  return parsed.error.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("a pipeline's redactor takes its paths out of that resource, and of no other", () => {
  const parsed = parse(PASSWORD);
  if (!parsed.ok) throw new Error("valid");
  const object = configMap("a", "5", { data: { password: "x", mode: "y" } });
  const redact = createRedact(parsed.value);
  expect(redact(object, CONFIG_MAPS).object["data"]).toEqual({ mode: "y" });
  const others = { group: "example.com", resource: "configmaps" };
  expect(redact(object, others).object).toEqual(object);
  expect(hasRedactedPaths(parsed.value, CONFIG_MAPS)).toBe(true);
  expect(hasRedactedPaths(parsed.value, others)).toBe(false);
  expect(hasRedactedPaths(parsed.value, { group: "", resource: "secrets" })).toBe(true);
});

test("the redaction is part of the digest of the pipeline, but not of a rule", () => {
  const [plain, redacting] = [parse(undefined), parse(PASSWORD)];
  if (!plain.ok || !redacting.ok) throw new Error("valid");
  expect(redacting.value.digest).not.toBe(plain.value.digest);
  expect(redacting.value.rules[0]?.digest).toBe(plain.value.rules[0]?.digest);
});

test.each([
  [{ resource: "configmaps" }, "redact.0.paths: paths is missing"],
  [{ resource: "configmap", paths: ["data.x"] }, "redact.0.resource: unknown resource configmap"],
  [{ resource: "configmaps", paths: [] }, "redact.0.paths: is empty"],
  [{ resource: "configmaps", paths: ["data..x"] }, "redact.0.paths.0: cannot read"],
  [
    { resource: "pods", paths: ["spec.containers[0].env"] },
    "redact.0.paths.0: [0] selects one item",
  ],
  [{ resource: "pods", paths: ["spec.containers[*]"] }, "redact.0.paths.0: ends in [*]"],
  [{ resource: "pods", paths: ["[*].containers"] }, "redact.0.paths.0: begins with [*]"],
  [{ resource: "pods", paths: ["kind"] }, "redact.0.paths.0: kind says what the object is"],
  [{ resource: "pods", paths: ["metadata"] }, "redact.0.paths.0: metadata identifies the object"],
  [
    { resource: "pods", paths: ["metadata.uid"] },
    "redact.0.paths.0: metadata identifies the object",
  ],
  [{ resource: "pods", paths: ["metadata.labels.x"] }, "redact.0.paths.0: metadata identifies"],
  [{ resource: "pods", paths: ["metadata.annotations"] }, "redact.0.paths.0: metadata identifies"],
  [
    { resource: "pods", paths: ['metadata.annotations["kubemend.dev/depth"]'] },
    "redact.0.paths.0: kubemend.dev/depth belongs to Kubemend",
  ],
])("%j is refused", (entry, expected) => {
  expect(issues([entry])).toEqual([expect.stringContaining(expected)]);
});

const REFUSED =
  "reads a field that is not there: data.password of configmaps never leaves the cluster";
const remediating = [{ createJobFromCronJob: { cronJob: { name: "c" } } }];

test.each([
  [{ where: "object.data.password == 'x'" }, `rules.0.where: ${REFUSED}`],
  [{ where: "has(object.data.password)" }, `rules.0.where: ${REFUSED}`],
  [{ where: "object.data.exists(k, k == 'x')" }, `rules.0.where: ${REFUSED}`],
  [{ once: { key: "object.data['password']" } }, `rules.0.once.key: ${REFUSED}`],
  [
    // oxlint-disable-next-line unicorn/no-thenable -- the file's word
    { then: [{ alert: { to: "x", summary: "object.data.password" } }] },
    `rules.0.then.0.alert.summary: ${REFUSED}`,
  ],
  [
    // oxlint-disable-next-line unicorn/no-thenable -- the file's word
    { then: remediating, at: "timestamp(object.data.password)" },
    `rules.0.at: ${REFUSED}`,
  ],
  [
    // oxlint-disable-next-line unicorn/no-thenable -- the file's word
    { then: remediating, whereTarget: "object.data.password == 'x'" },
    `rules.0.whereTarget: ${REFUSED}`,
  ],
  [
    // oxlint-disable-next-line unicorn/no-thenable -- the file's word
    { then: remediating, verify: { where: "object.data.password == 'x'" } },
    `rules.0.verify.where: ${REFUSED}`,
  ],
  [{ where: "object == {}" }, "rules.0.where: uses object as a whole, and data.password of"],
])("a rule that reads a redacted field is refused: %j", (rule, expected) => {
  expect(issues(undefined, rule)).toEqual([]);
  expect(issues(PASSWORD, rule)).toEqual([expect.stringContaining(expected)]);
});

test("the condition that identifies the episode counts as read too", () => {
  const rule = { once: { condition: "Failed" }, on: { resource: "widgets.example.com" } };
  const redact = (path: string) => [{ resource: "widgets.example.com", paths: [path] }];
  expect(issues(redact("status.conditions[*].type"), rule)).toEqual([
    "rules.0.once: reads a field that is not there: status.conditions[*].type of widgets.example.com never leaves the cluster",
  ]);
  expect(issues(redact("status.conditions[*].message"), rule)).toEqual([]);
});

test.each([
  { where: "object.data.mode == 'x' && has(object.data)" },
  { where: "object.metadata.name == 'x'" },
  { where: "object.data.password == 'x'", on: { resource: "pods" } },
])("a rule that reads other fields, or another resource, is accepted: %j", (rule) => {
  expect(issues(PASSWORD, rule)).toEqual([]);
});

test("a rule on Secrets may not read their values, whatever the pipeline says", () => {
  const on = { resource: "secrets" };
  expect(issues(undefined, { on, where: "object.data.token == 'x'" })).toEqual([
    "rules.0.where: reads a field that is not there: data of secrets never leaves the cluster",
  ]);
  expect(issues(undefined, { on, where: "object.type == 'Opaque'" })).toEqual([]);
});
