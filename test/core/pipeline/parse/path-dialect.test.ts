import { expect, test } from "vitest";
import { parsePipeline } from "../../../../core/pipeline/parse/parse-pipeline.ts";
import { createRedact } from "../../../../core/redaction/redactor.ts";

function parse(...paths: readonly string[]) {
  return parsePipeline({
    apiVersion: "kubemend.dev/v1alpha1",
    kind: "Pipeline",
    cluster: { name: "test" },
    watch: [{ resource: "pods" }],
    redact: [{ resource: "pods", paths }],
  });
}

test.each([
  ["$.spec.containers[*].env", "spec.containers[*].env"],
  ["$['spec'].containers", undefined],
  ["/spec/containers/0/env", "spec.containers[*].env"],
  ["/metadata/annotations/example.com~1token", 'metadata.annotations["example.com/token"]'],
  ["spec.containers.0.env", "spec.containers[*].env"],
  ["spec.containers.*.env", "spec.containers[*].env"],
  ["spec.*.env", "spec[*].env"],
  [".spec.containers[*].env", "spec.containers[*].env"],
  ["{.spec.containers[*].env}", "spec.containers[*].env"],
  ["@.spec.env", "spec.env"],
  ["spec.containers[].env", "spec.containers[*].env"],
  ["spec.containers[0].env", undefined],
  ["spec.containers[0:1].env", "spec.containers[*].env"],
  ["spec..env", undefined],
  ["spec/containers/env", undefined],
  ["spec.containers[?(@.name=='a')].env", undefined],
  ["spec.containers#.env", undefined],
  ["spec.containers:env", undefined],
])("%s is refused, because it would redact nothing", (path, meant) => {
  const parsed = parse(path);
  const [issue] = parsed.ok ? [] : parsed.error;
  expect(issue?.path).toEqual(["redact", 0, "paths", 0]);
  expect(meant === undefined || issue?.hint === `write ${meant}`).toBe(true);
});

test.each([
  "spec.containers[*].env[*].value",
  "spec.containers.env",
  'data["tls.key"]',
  "data['0']",
  "data.app-config_1",
  'metadata.annotations["example.com/token"]',
  "spec.versions[*].schema.openAPIV3Schema.$ref",
  "spec.x-kubernetes-map-type",
])("%s is accepted", (path) => {
  expect(parse(path)).toMatchObject({ ok: true });
});

test("a number that is quoted like a key redacts the items of a list too", () => {
  const parsed = parse('spec.containers["0"].env');
  if (!parsed.ok) throw new Error("it is accepted");
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", uid: "u" },
    spec: { containers: [{ env: ["x"] }, { env: ["y"], image: "i" }] },
  };
  const redacted = createRedact(parsed.value)(object, { group: "", resource: "pods" });
  expect(redacted.object["spec"]).toEqual({ containers: [{}, { image: "i" }] });
});
